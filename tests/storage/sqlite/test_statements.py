"""Statements are found by name, as they stand in their files."""

import pytest

from remit.storage.sqlite.statements import load_statements


def test_statements_are_named_and_whole() -> None:
    statement = load_statements("state")["find_watermark"]
    assert statement == "SELECT value FROM watermark WHERE tenant = ? AND target = ?"


def test_an_unknown_statement_is_an_error() -> None:
    with pytest.raises(KeyError):
        load_statements("log")["drop_everything"]
