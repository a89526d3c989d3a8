"""Forward-only, numbered, checksummed migrations; a database of newer code is refused.

Each migration runs in one transaction with its row in `schema_migration`.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

from remit.kernel.errors import Unavailable

_CREATE_TABLE = """CREATE TABLE IF NOT EXISTS schema_migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT"""
_LIST = "SELECT number, name, checksum FROM schema_migration ORDER BY number"
_INSERT = "INSERT INTO schema_migration (number, name, checksum) VALUES (?, ?, ?)"


class SchemaUnknown(Unavailable):
    """The database was made by newer code, or its migrations are not the ones that we know."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def load_migrations() -> Sequence[Migration]:
    """All migrations, in order."""
    found = [
        Migration(int(file.name[:4]), file.name[5:-4], file.read_text("utf-8"))
        for file in files("remit.storage.sqlite").joinpath("migrations").iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Bring the schema to the newest of these migrations; raises SchemaUnknown."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_CREATE_TABLE)
        applied = verify_migrations(connection, migrations)
        for migration in migrations[applied:]:
            for statement in _split(migration.sql):
                connection.execute(statement)
            connection.execute(_INSERT, (migration.number, migration.name, migration.checksum))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def verify_migrations(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> int:
    """How many of these migrations the database has; raises SchemaUnknown for any other."""
    applied = connection.execute(_LIST).fetchall()
    if len(applied) > len(migrations):
        raise SchemaUnknown(
            f"the database has schema {applied[-1][0]}, and this version of Remit knows "
            f"{migrations[-1].number}: run the version that wrote it, or a newer one"
        )
    for (number, name, checksum), migration in zip(applied, migrations, strict=False):
        if (number, name, checksum) != (migration.number, migration.name, migration.checksum):
            raise SchemaUnknown(f"migration {number} ({name}) is not the one that we know")
    return len(applied)


def _split(sql: str) -> Sequence[str]:
    statements, current = [], ""
    for line in sql.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
