"""STYLE.md, "Shape": small files with one thing each, and functions that fit on a screen."""

import ast
from statistics import median

from tests.structure.source import Function, modules

MODULE_LINES = 400
FUNCTION_LINES = 60


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {module.path: module.lines for module in modules() if module.lines > MODULE_LINES}
    assert not long


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = {
        f"{module.place(function)} {function.name}": lines(function)
        for module in modules()
        for function in module.functions()
        if lines(function) > FUNCTION_LINES
    }
    assert not long


def test_the_median_module_and_function_are_small() -> None:
    written = [module for module in modules() if not module.path.endswith("__init__.py")]
    assert median(module.lines for module in written) <= 150
    assert median(lines(each) for module in written for each in module.functions()) <= 15


def test_everything_is_annotated() -> None:
    bare = [
        f"{module.place(function)} {function.name}: {', '.join(missing)}"
        for module in modules()
        for function in module.functions()
        if (missing := unannotated(function))
    ]
    assert not bare


def lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def unannotated(function: Function) -> list[str]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each]
    missing = [
        each.arg for each in every if not each.annotation and each.arg not in {"self", "cls"}
    ]
    return missing if function.returns else [*missing, "its answer"]


def test_the_check_sees_what_is_not_annotated() -> None:
    [function] = ast.parse("def f(self, a, *b: int, c: str): ...").body
    assert isinstance(function, ast.FunctionDef)
    assert unannotated(function) == ["a", "its answer"]
