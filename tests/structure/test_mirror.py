"""STYLE.md, "Tests": a module's test file stands at the same path.

A module of values and ports alone (no function has a body) has nothing that a test could break.
"""

import ast

from tests.structure.source import TESTS, Function, Module, modules

# Modules that have behaviour, and no test file of their own: each with the reason.
ELSEWHERE: dict[str, str] = {}


def test_every_module_has_its_test_file() -> None:
    missing = [
        mirror(module)
        for module in modules()
        if has_behaviour(module)
        and module.path not in ELSEWHERE
        and not (TESTS / mirror(module)).exists()
    ]
    assert not missing


def test_the_list_of_exceptions_is_not_stale() -> None:
    behaving = {module.path: module for module in modules() if has_behaviour(module)}
    stale = [
        path
        for path in ELSEWHERE
        if path not in behaving or (TESTS / mirror(behaving[path])).exists()
    ]
    assert not stale


def mirror(module: Module) -> str:
    folder, _, name = module.path.rpartition("/")
    return f"{folder}/test_{name}" if folder else f"test_{name}"


def has_behaviour(module: Module) -> bool:
    return any(has_body(function) for function in module.functions())


def has_body(function: Function) -> bool:
    """Whether a function is more than a signature, a docstring and three dots."""
    return not all(
        isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        for each in function.body
    )
