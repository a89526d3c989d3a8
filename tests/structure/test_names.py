"""STYLE.md, "Names": words that say nothing are not in names."""

import ast

from tests.structure.source import modules, words

EMPTY = frozenset(
    {"manager", "helper", "helpers", "util", "utils", "common", "misc", "base", "core"}
    | {"processor", "service", "data", "info", "obj", "whitelist", "blacklist"}
)
# A parameter of these names says nothing about what it is.
BARE = EMPTY | {"token", "user"}
# Names that others have given: asyncio's and click's calls, a log line's level, JSON-RPC's member.
GIVEN = frozenset(
    {"data_received", "pipe_data_received", "get_extra_info", "get_command", "info", "data"}
)


def test_no_module_class_or_function_has_an_empty_word_in_its_name() -> None:
    found = [
        f"{module.path}: {name}"
        for module in modules()
        for name in (module.path.rpartition("/")[2].removesuffix(".py"), *defined(module.tree))
        if name not in GIVEN and EMPTY & set(words(name))
    ]
    assert not found


def test_no_parameter_has_an_empty_name() -> None:
    found = [
        f"{module.place(each)} {each.arg}"
        for module in modules()
        for function in module.functions()
        if function.name not in GIVEN
        for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        if each.arg in BARE
    ]
    assert not found


def test_nothing_is_got() -> None:
    # `find_` may answer None, `load_` raises; `get_` would not say which.
    found = [
        f"{module.place(function)} {function.name}"
        for module in modules()
        for function in module.functions()
        if function.name.startswith("get_") and function.name not in GIVEN
    ]
    assert not found


def defined(tree: ast.Module) -> list[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node.name for node in ast.walk(tree) if isinstance(node, kinds)]
