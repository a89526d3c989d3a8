"""STYLE.md: SQL is SQL, with its columns listed, so that a new column breaks nothing."""

import re

import pytest

from tests.structure.source import ROOT, SOURCE

EVERYTHING = re.compile(
    r"\b(?:SELECT|RETURNING)\s+(?:DISTINCT\s+|ALL\s+)?(?:\w+\.)?\*|,\s*\w+\.\*", re.IGNORECASE
)
UNLISTED = re.compile(
    r"\b(?:INSERT(?:\s+OR\s+\w+)?|REPLACE)\s+INTO\s+[\w.\"]+\s+(?:VALUES|SELECT)\b", re.IGNORECASE
)


def test_statements_list_their_columns() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): problems
        for path in sorted(SOURCE.rglob("*.sql"))
        if (problems := unlisted(path.read_text("utf-8")))
    }
    assert not found


def unlisted(text: str) -> list[str]:
    statements = re.sub(r"--.*", "", text)
    return [
        found[0] for pattern in (EVERYTHING, UNLISTED) for found in pattern.finditer(statements)
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM t",
        "select d.* from d",
        "SELECT a, d.* FROM d",
        "INSERT INTO t VALUES (1)",
        "INSERT OR IGNORE INTO t SELECT a FROM b",
        "DELETE FROM t RETURNING *",
    ],
)
def test_the_check_sees_what_is_not_listed(statement: str) -> None:
    assert unlisted(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM t",
        "INSERT INTO t (a, b) VALUES (1, 2)",
        "-- SELECT * is not used",
        "SELECT a * b FROM t",
    ],
)
def test_the_check_lets_listed_columns_pass(statement: str) -> None:
    assert not unlisted(statement)
