"""What the structure tests read: the modules of src/remit, parsed once."""

import ast
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "remit"
TESTS = ROOT / "tests"

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A source file: its path below src/remit (say `kernel/clock.py`), its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    def place(self, node: ast.expr | ast.stmt | ast.excepthandler | ast.arg) -> str:
        return f"{self.path}:{node.lineno}"

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def calls(self) -> Iterator[ast.Call]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node

    def comments(self) -> Mapping[int, str]:
        """Each comment that stands alone on its line, by line number, without its hash."""
        return {
            item.start[0]: item.string.lstrip("#").strip()
            for item in tokenize.generate_tokens(StringIO(self.text).readline)
            if item.type == tokenize.COMMENT and not item.line[: item.start[1]].strip()
        }


def parse(path: Path, below: Path = SOURCE) -> Module:
    text = path.read_text("utf-8")
    return Module(path.relative_to(below).as_posix(), text, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of src/remit, in order of path."""
    return tuple(parse(path) for path in sorted(SOURCE.rglob("*.py")))


@cache
def suite() -> tuple[Module, ...]:
    """Every Python file below tests, in order of path."""
    paths = sorted(path for path in TESTS.rglob("*.py") if "node_modules" not in path.parts)
    return tuple(parse(path, TESTS) for path in paths)


def called_name(call: ast.Call) -> str:
    """The last name of what is called: `CallPermit` for `permits.CallPermit(...)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def within(path: str, places: Mapping[str, str]) -> bool:
    """Whether a path is one of the places: a file, or everything below a directory (`vault/`)."""
    return any(
        path == place or (place.endswith("/") and path.startswith(place)) for place in places
    )


def words(name: str) -> tuple[str, ...]:
    """The words of an identifier, in lower case: `DPoPProof` has no lone capital, `a_b` has two."""
    return tuple(
        word.lower()
        for part in name.split("_")
        for word in re.findall(r"[A-Z0-9]+(?![a-z])|[A-Z]?[a-z0-9]+", part)
    )
