"""Migrations go forward, once, and only over what we know."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from remit.storage.sqlite.migrate import (
    Migration,
    SchemaUnknown,
    load_migrations,
    migrate,
    verify_migrations,
)

FIRST = Migration(1, "first", "CREATE TABLE one (a TEXT) STRICT;\nCREATE INDEX i ON one (a);\n")
SECOND = Migration(2, "second", "ALTER TABLE one ADD COLUMN b TEXT;\n")
BROKEN = Migration(3, "broken", "CREATE TABLE two (a TEXT) STRICT;\nCREATE NONSENSE;\n")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        yield connection


def tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {name for (name,) in rows}


def test_our_migrations_are_numbered_without_gaps_and_apply(connection: sqlite3.Connection) -> None:
    migrations = load_migrations()
    assert [migration.number for migration in migrations] == list(range(1, len(migrations) + 1))
    migrate(connection, migrations)
    assert {"audit_record", "document", "watermark"} <= tables(connection)


def test_every_table_is_strict(connection: sqlite3.Connection) -> None:
    migrate(connection, load_migrations())
    rows = connection.execute("PRAGMA table_list").fetchall()
    assert all(row[5] for row in rows if not row[1].startswith("sqlite_"))


def test_a_watermark_cannot_be_lowered_or_deleted_by_any_statement(
    connection: sqlite3.Connection,
) -> None:
    migrate(connection, load_migrations())
    connection.execute("INSERT INTO watermark (tenant, target, value) VALUES ('t', 'x', 5)")
    for statement in ("UPDATE watermark SET value = 4", "DELETE FROM watermark"):
        with pytest.raises(sqlite3.IntegrityError, match="never lowered"):
            connection.execute(statement)


def test_only_what_is_new_is_applied(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST])
    migrate(connection, [FIRST, SECOND])
    migrate(connection, [FIRST, SECOND])
    assert verify_migrations(connection, [FIRST, SECOND]) == 2


def test_a_database_of_newer_code_is_refused(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST, SECOND])
    with pytest.raises(SchemaUnknown, match="run the version that wrote it"):
        migrate(connection, [FIRST])


def test_a_migration_that_was_edited_after_it_was_applied_is_refused(
    connection: sqlite3.Connection,
) -> None:
    migrate(connection, [FIRST])
    for other in (replace(FIRST, sql="SELECT 1;"), replace(FIRST, name="other")):
        with pytest.raises(SchemaUnknown, match="not the one that we know"):
            migrate(connection, [other])


def test_a_migration_that_fails_leaves_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST])
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [FIRST, SECOND, BROKEN])
    assert "two" not in tables(connection)
    assert verify_migrations(connection, [FIRST, SECOND, BROKEN]) == 1
