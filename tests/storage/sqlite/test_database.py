"""The file is ours, its owner's alone, and one server's at a time."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from remit.kernel.errors import Conflict
from remit.storage.sqlite.database import (
    APPLICATION_ID,
    DatabaseInUse,
    DatabaseMissing,
    DirectoryLock,
    NotOurDatabase,
    create_file,
    open_file,
    reading,
)
from remit.storage.sqlite.migrate import SchemaUnknown, load_migrations, migrate


def made(directory: Path) -> Path:
    with closing(create_file(directory)) as connection:
        migrate(connection, load_migrations())
    return directory / "remit.db"


def test_the_file_is_its_owners_alone_durable_and_named_as_ours(tmp_path: Path) -> None:
    path = made(tmp_path / "state")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with closing(open_file(path.parent)) as connection:
        for pragma, value in (
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA synchronous", 2),
            ("PRAGMA foreign_keys", 1),
            ("PRAGMA application_id", APPLICATION_ID),
        ):
            assert connection.execute(pragma).fetchone() == (value,)


def test_a_second_file_is_not_made_over_the_first(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(Conflict):
        create_file(tmp_path)


def test_a_missing_file_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        open_file(tmp_path)
    with pytest.raises(DatabaseMissing), reading(tmp_path / "remit.db"):
        pass
    assert not list(tmp_path.iterdir())


def test_what_is_not_our_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "remit.db"
    for content in (b"text, and no database at all" * 100, b""):
        path.write_bytes(content)
        with pytest.raises(NotOurDatabase):
            open_file(tmp_path)
        with pytest.raises(NotOurDatabase), reading(path):
            pass


def test_readers_cannot_write(tmp_path: Path) -> None:
    with (
        pytest.raises(NotOurDatabase, match="readonly"),
        reading(made(tmp_path)) as connection,
    ):
        connection.execute("DELETE FROM document")


def test_readers_refuse_the_schema_of_newer_code(tmp_path: Path) -> None:
    path = made(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO schema_migration (number, name, checksum) VALUES (9999, 'newer', 'x')"
        )
    with pytest.raises(SchemaUnknown), reading(path):
        pass


def test_one_directory_is_one_servers(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    with pytest.raises(DatabaseInUse):
        DirectoryLock(tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from remit.storage.sqlite.database import DatabaseInUse, DirectoryLock\n"
        "try: DirectoryLock(Path(sys.argv[1]))\n"
        "except DatabaseInUse: sys.exit(7)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(command, check=False, timeout=30).returncode == 7
    lock.release()
    assert subprocess.run(command, check=False, timeout=30).returncode == 0
    DirectoryLock(tmp_path).release()
