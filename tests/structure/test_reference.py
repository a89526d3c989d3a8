"""Every error, event, metric, command, route and setting is documented, and nothing that is not."""

import ast
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import get_args

import pytest
from pydantic import BaseModel

from remit.audit.records import Record
from remit.settings import Settings
from remit.telemetry.names import LogEvent, Metric
from tests.structure.reference import (
    GENERATED,
    MARK,
    PAGES,
    load_everything,
    subclasses,
    tagged,
    written,
)
from tests.structure.source import Module, called_name, modules

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
# Paths that a standard derives from the issuer (RFC 8414 section 3.1).
COMPUTED = {
    "action.path": "/v1/{noun}/{verb}",
    "authorization_server_path(self._issuer)": "/.well-known/oauth-authorization-server",
}
EMPTY_CELL = re.compile(r"\|\s*\||`: +[;|]")


@pytest.fixture(autouse=True, scope="module")
def everything_is_loaded() -> None:
    load_everything()


@pytest.mark.parametrize("page", GENERATED)
def test_the_page_says_what_the_code_says(page: str) -> None:
    assert (PAGES / page).read_text("utf-8") == written(page), "run `make docs`"


@pytest.mark.parametrize("page", GENERATED)
def test_everything_on_the_page_is_explained(page: str) -> None:
    table = written(page).partition(MARK)[2]
    assert not [line for line in table.splitlines() if EMPTY_CELL.search(line)]


def test_no_two_records_share_a_type() -> None:
    types = [str(each.__struct_config__.tag) for each in tagged(subclasses(Record))]
    assert len(types) == len(set(types))


@pytest.mark.parametrize(("page", "names"), [("metrics.md", Metric), ("logs.md", LogEvent)])
def test_the_page_explains_each_name_and_no_other(page: str, names: type[StrEnum]) -> None:
    assert first_cells(page) == [name.value for name in names]


def test_every_route_is_documented() -> None:
    declared = {f"{method} {path}" for module in modules() for method, path in routes(module)}
    assert declared <= set(first_cells("routes.md"))


def first_cells(page: str) -> list[str]:
    """What stands in backticks at the start of each row, if anything is said of it."""
    text = (PAGES / page).read_text("utf-8")
    return re.findall(r"^\| `([^`]+)` \| \S", text, re.MULTILINE)


def routes(module: Module) -> Iterator[tuple[str, str]]:
    """Entries of a route table: `Route("GET", "/path", ...)`; a path is literal, or a constant."""
    constants = {
        target.id: node.value.value
        for node in module.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in module.calls():
        match call:
            case ast.Call(args=[ast.Constant(value=str(method)), path, *_]) if method in METHODS:
                if called_name(call) == "Route":
                    yield method, path_of(path, constants)
            case _:
                pass


def path_of(path: ast.expr, constants: Mapping[str, object]) -> str:
    match path:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in constants:
            return str(constants[name])
        case _ if ast.unparse(path) in COMPUTED:
            return COMPUTED[ast.unparse(path)]
        case _:
            return f"a path that the test cannot read: {ast.unparse(path)}"


def test_every_setting_is_documented_with_its_default() -> None:
    page = (PAGES / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]*)` \| \S", page, re.MULTILINE)
    assert dict(rows) == dict(settings(Settings(), ""))


def settings(section: BaseModel, above: str) -> Iterator[tuple[str, str]]:
    """Every key of a section and its default, as the page writes them."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from settings(value, f"{above}{name}.")
            continue
        yield above + name, told(value)
        for kind in get_args(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from ((f"{above}{name}.{key}", "required") for key in kind.model_fields)


def told(value: object) -> str:
    """A default, as TOML writes it; what is not set is `none`."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case tuple():
            return str(list(value))
        case _:
            return f'"{value}"'
