"""The named SQL statements of `sql/*.sql`: one for each line `-- name: ...`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_MARK = "-- name: "


class Statements:
    """The statements of one file, by name."""

    def __init__(self, by_name: Mapping[str, str]) -> None:
        self._by_name = by_name

    def __getitem__(self, name: str) -> str:
        return self._by_name[name]


@cache
def load_statements(name: str) -> Statements:
    """The statements of `sql/<name>.sql`."""
    text = files("remit.storage.sqlite").joinpath("sql", f"{name}.sql").read_text("utf-8")
    by_name: dict[str, str] = {}
    for part in text.split(_MARK)[1:]:
        title, _, statement = part.partition("\n")
        by_name[title.strip()] = statement.strip().removesuffix(";")
    return Statements(by_name)
