"""The database file: where it is, how it is opened, and the lock that keeps it one server's."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path

from remit.kernel.errors import Conflict, NotFound, Unavailable
from remit.storage.sqlite.migrate import SchemaUnknown, load_migrations, verify_migrations

FILE_NAME = "remit.db"
LOCK_NAME = "remit.lock"
# "Rmt1", so that `file` and we know whose database it is.
APPLICATION_ID = 0x526D7431
# The writer checkpoints the write-ahead log itself, after its waiters are released.
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -16384",
    "PRAGMA trusted_schema = OFF",
)
_READER_PRAGMAS = (
    "PRAGMA query_only = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA trusted_schema = OFF",
)


class DatabaseMissing(NotFound):
    """There is no database in this directory."""


class DatabaseInUse(Conflict):
    """Another server has this directory open."""


class NotOurDatabase(Unavailable):
    """The file is not a database of Remit, or a damaged one."""


class DirectoryLock:
    """The lock of a directory; held until `release` or the end of the process."""

    def __init__(self, directory: Path) -> None:
        path = directory / LOCK_NAME
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise NotOurDatabase(f"{path} cannot be locked: {error.strerror}") from None
        try:
            flock(self._descriptor, LOCK_EX | LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise DatabaseInUse(f"{directory} is in use by another process") from None

    def release(self) -> None:
        flock(self._descriptor, LOCK_UN)
        os.close(self._descriptor)


def create_file(directory: Path) -> sqlite3.Connection:
    """A new, empty database file for its owner alone; raises Conflict where there is one."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / FILE_NAME
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Conflict(f"{path} exists already") from None
    connection = connect_writer(path)
    connection.execute("PRAGMA application_id = 0x526d7431")
    return connection


def open_file(directory: Path) -> sqlite3.Connection:
    """The writer's connection to an existing database."""
    path = directory / FILE_NAME
    if not path.is_file():
        raise DatabaseMissing(f"{path} is missing: run `remit init`, or restore a backup")
    with translated(path):
        connection = connect_writer(path)
        verify_application(connection, path)
    return connection


def connect_writer(path: Path) -> sqlite3.Connection:
    """A connection that may write; used by one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in _WRITER_PRAGMAS:
        connection.execute(pragma)
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection with one consistent view, beside a running server or without one."""
    if not path.is_file():
        raise DatabaseMissing(f"{path} is missing")
    with translated(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in _READER_PRAGMAS:
                connection.execute(pragma)
            verify_application(connection, path)
            connection.execute("BEGIN")
            _verify_schema(connection, path)
            yield connection
        finally:
            connection.close()


def verify_application(connection: sqlite3.Connection, path: Path) -> None:
    """Raises NotOurDatabase unless the file says that it is Remit's."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        raise NotOurDatabase(f"{path} is not a database of Remit")


def _verify_schema(connection: sqlite3.Connection, path: Path) -> None:
    migrations = load_migrations()
    if verify_migrations(connection, migrations) != len(migrations):
        raise SchemaUnknown(f"{path} has an older schema: start the server once, which updates it")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise NotOurDatabase(f"{path}: {error}") from None
