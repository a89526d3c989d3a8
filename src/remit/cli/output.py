"""What a command prints: a table for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import click

Row: TypeAlias = Mapping[str, Any]

output_option = click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Print a table for people, or JSON for programs.",
)


def print_rows(rows: Sequence[Row], columns: Sequence[str], output: str) -> None:
    """Print many things: as a JSON array, or as a table of some of their members."""
    if output == "json":
        _print_json(rows)
        return
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    heads = [column.replace("_", " ").upper() for column in columns]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    for line in (heads, *cells):
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def print_one(row: Row, output: str) -> None:
    """Print one thing: as a JSON object, or a member a line."""
    if output == "json":
        _print_json(row)
        return
    width = max((len(name) for name in row), default=0)
    for name, value in row.items():
        click.echo(f"{name.replace('_', ' ').ljust(width)}  {_cell(value)}")


def printable(text: str) -> str:
    """A text of several lines at most: what upstreams and agents wrote moves no cursor."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _print_json(content: object) -> None:
    click.echo(_encode(content, indent=2))


def _encode(content: object, indent: int | None = None) -> str:
    """JSON with other scripts as they are, and everything that a terminal obeys escaped."""
    text = json.dumps(content, indent=indent, ensure_ascii=False)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case str() | int() | float():
            return printable(str(value)).replace("\n", "\N{REPLACEMENT CHARACTER}")
        case list() if all(isinstance(item, str | int) for item in value):
            return ", ".join(_cell(item) for item in value) or "-"
        case _:
            return _encode(value)
