"""The reference pages that are told by the code itself: what stands there, and what should.

Above its mark a page is written by hand; below it, `make docs` writes what the code's own
docstrings say. A test fails where the two differ, or where the code says nothing.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import click
import msgspec

import remit
from remit.audit.records import Record
from remit.kernel.errors import RemitError
from tests.structure.source import ROOT

PAGES = ROOT / "docs" / "reference"
MARK = "<!-- Below: written by `make docs` from the code. -->\n"

Kind = TypeVar("Kind")
Parameter = TypeVar("Parameter", bound=click.Parameter)
Rows = Iterable[tuple[str, ...]]


def load_everything() -> None:
    """Import every module, so that every subclass is known; no import has a side effect."""
    for found in pkgutil.walk_packages(remit.__path__, "remit."):
        if found.name not in sys.modules and not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def subclasses(kind: type[Kind]) -> Iterator[type[Kind]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("remit.") and not each.__module__.startswith("remit.testing"):
            yield each
        yield from subclasses(each)


def said(thing: Any) -> str:
    """The first paragraph of what a thing says of itself, on one line."""
    return " ".join((thing.__doc__ or "").split("\n\n")[0].split())


def table(*heads: str, rows: Rows) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(map(escaped, line))} |\n" for line in lines)


def escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def code(text: object) -> str:
    return f"`{text}`"


def errors() -> str:
    kinds = {(each.error, each.__module__, each.__name__): each for each in subclasses(RemitError)}
    rows = [
        (code(each.error), str(each.status), each.description, code(each.__name__), said(each))
        for _, each in sorted(kinds.items())
    ]
    return table("`error`", "status", "`error_description`", "class", "meaning", rows=rows)


def events() -> str:
    kinds = {str(each.__struct_config__.tag): each for each in tagged(subclasses(Record))}
    rows = [(code(tag), said(each), fields(each)) for tag, each in sorted(kinds.items())]
    return table("`type`", "what happened", "fields", rows=rows)


def tagged(kinds: Iterable[type[Record]]) -> Iterator[type[Record]]:
    """The kinds that are written: a class without a tag of its own is an outline for others."""
    for each in kinds:
        if not each.__subclasses__():
            yield each


def fields(kind: type[Record]) -> str:
    return ", ".join(code(each.encode_name) for each in msgspec.structs.fields(kind))


def commands() -> str:
    # Where pyproject.toml says that `remit` starts.
    start = importlib.import_module("remit.cli.entry").main
    rows = [
        (code(f"remit {path} {arguments(command)}".rstrip()), summary(command), options(command))
        for path, command in sorted(walk(start, ""))
    ]
    return table("command", "what it does", "options", rows=rows)


def walk(group: click.Command, above: str) -> Iterator[tuple[str, click.Command]]:
    """Every command of a group that does something itself, by its words."""
    if not isinstance(group, click.Group):
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from walk(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def summary(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


def arguments(command: click.Command) -> str:
    return " ".join(
        each.make_metavar(click.Context(command)) for each in given(command, click.Argument)
    )


def options(command: click.Command) -> str:
    told = [f"{code(each.opts[-1])}: {each.help or ''}" for each in given(command, click.Option)]
    return "; ".join(told) or "none"


def given(command: click.Command, kind: type[Parameter]) -> list[Parameter]:
    return [each for each in command.params if isinstance(each, kind)]


GENERATED: Mapping[str, Callable[[], str]] = {
    "errors.md": errors,
    "events.md": events,
    "commands.md": commands,
}


def written(page: str) -> str:
    """The page as it should stand: its hand-written part, and what the code says."""
    text = (PAGES / page).read_text("utf-8")
    return text.partition(MARK)[0] + MARK + "\n" + GENERATED[page]()


def main() -> None:
    load_everything()
    for page in GENERATED:
        (PAGES / page).write_text(written(page), "utf-8")


if __name__ == "__main__":
    main()
