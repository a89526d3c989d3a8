"""Changes in SQL, where tests/contracts does not reach: what the tables hold afterwards."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from remit.audit.journal import ClaimOnce, CountUp, PutDocument
from remit.kernel.ids import TenantId
from remit.storage.sqlite.changes import apply_changes
from remit.storage.sqlite.migrate import load_migrations, migrate

TENANT = TenantId("ten_a")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, load_migrations())
        yield connection


def test_instants_are_kept_in_milliseconds(connection: sqlite3.Connection) -> None:
    until = datetime(2026, 1, 1, 0, 0, 0, 5000, UTC)
    apply_changes(connection, [ClaimOnce(TENANT, "dpop", "jti", until)])
    (kept,) = connection.execute("SELECT until FROM claim").fetchone()
    assert kept == 1_767_225_600_005


def test_renaming_keeps_both_names(connection: sqlite3.Connection) -> None:
    apply_changes(
        connection,
        [
            PutDocument(TENANT, "agent", "agt_a", "ada", b"", 0),
            PutDocument(TENANT, "agent", "agt_a", "lovelace", b"", 1),
        ],
    )
    names = connection.execute("SELECT name, id FROM document_name ORDER BY name").fetchall()
    assert names == [("ada", "agt_a"), ("lovelace", "agt_a")]


def test_a_counter_without_limit_goes_on(connection: sqlite3.Connection) -> None:
    apply_changes(connection, [CountUp(TENANT, "rmt_a", None)] * 5)
    assert connection.execute("SELECT value FROM counter").fetchone() == (5,)
