"""Attacks on the files: whoever can write to the disk is found out, up to the newest checkpoint
that was kept out of reach."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from remit.audit.journal import ClaimOnce, CountUp, PutDocument, RaiseWatermark
from remit.audit.verify import LogDamaged, LogRolledBack
from remit.kernel.ids import ROOT_TENANT
from remit.storage.sqlite.checkpointer import Checkpointer
from remit.storage.sqlite.migrate import SchemaUnknown
from tests.storage.scene import CLOCK, KEY, happened, journal_in, verify

LATER = CLOCK.now() + timedelta(hours=1)


async def live(directory: Path, count: int = 300) -> bytes:
    async with journal_in(directory) as journal:
        checkpointer = Checkpointer(journal, KEY, directory / "checkpoint")
        for number in range(count):
            put = PutDocument(ROOT_TENANT, "agent", f"agt_{number}", f"n-{number}", b"body", 0)
            claim = ClaimOnce(ROOT_TENANT, "dpop", f"jti-{number}", LATER)
            if number % 30 == 0:
                stop, counted = RaiseWatermark(ROOT_TENANT, "a"), CountUp(ROOT_TENANT, "c", None)
                await journal.commit(happened(), (put, claim, stop, counted))
                await checkpointer.checkpoint()
            journal.append(happened(str(number), f"agt_{number % 5}"))
        return (await checkpointer.checkpoint()).note


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    directory = tmp_path_factory.mktemp("original")
    return directory, asyncio.run(live(directory))


@pytest.fixture
def state(original: tuple[Path, bytes], tmp_path: Path) -> Path:
    shutil.copyfile(original[0] / "remit.db", tmp_path / "remit.db")
    return tmp_path


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for (name,) in names.fetchall()
        }


def spoil(directory: Path, *statements: str) -> None:
    with closing(sqlite3.connect(directory / "remit.db")) as connection, connection:
        # Whoever can write to the file can drop its triggers and constraints too.
        connection.execute("DROP TRIGGER watermark_only_grows")
        connection.execute("DROP TRIGGER watermark_stays")
        for statement in statements:
            connection.execute(statement)


def test_what_nobody_touched_is_whole(state: Path, original: tuple[Path, bytes]) -> None:
    log = verify(state, original[1]).logs[0]
    assert log.covered == log.head.size == 311


COLUMNS = {
    "installation": {"instance": "TEXT", "incarnation": "INTEGER", "restored_at": "INTEGER"},
    "audit_log": {"log": "TEXT", "first_sequence": "INTEGER"},
    "audit_record": {
        "event": "TEXT",
        "type": "TEXT",
        "agent": "TEXT",
        "at": "INTEGER",
        "leaf": "BLOB",
    },
    "audit_node": {"level": "INTEGER", "position": "INTEGER", "hash": "BLOB"},
    "audit_checkpoint": {"number": "INTEGER", "size": "INTEGER", "note": "BLOB"},
    "document": {
        "tenant": "TEXT",
        "kind": "TEXT",
        "id": "TEXT",
        "name": "TEXT",
        "revision": "INTEGER",
        "body": "BLOB",
    },
    "document_name": {"tenant": "TEXT", "kind": "TEXT", "name": "TEXT", "id": "TEXT"},
    "watermark": {"tenant": "TEXT", "target": "TEXT", "value": "INTEGER"},
    "claim": {"tenant": "TEXT", "space": "TEXT", "key": "TEXT", "until": "INTEGER"},
    "counter": {"tenant": "TEXT", "counter": "TEXT", "value": "INTEGER"},
    "schema_migration": {"number": "INTEGER", "name": "TEXT", "checksum": "TEXT"},
}
KEYS = {
    "installation": "only",
    "audit_log": "number",
    "audit_record": "sequence",
    "audit_node": "position",
    "audit_checkpoint": "number",
    "document": "number",
    "document_name": "name",
    "watermark": "target",
    "claim": "key",
    "counter": "counter",
    "schema_migration": "number",
}
EVERY_COLUMN = [(table, column) for table, columns in COLUMNS.items() for column in columns]


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN)
def test_a_change_in_any_column_of_any_table_is_found(
    state: Path, original: tuple[Path, bytes], table: str, column: str
) -> None:
    kind, key = COLUMNS[table][column], KEYS[table]
    new = {
        "INTEGER": f"ifnull({column}, 0) + 1",
        "TEXT": f"'x' || substr(ifnull({column}, ''), 2)",
        "BLOB": f"CAST(x'01' || substr({column}, 2) AS BLOB)",
    }[kind]
    last = f"(SELECT {key} FROM {table} ORDER BY {key} DESC LIMIT 1)"
    spoil(state, f"UPDATE {table} SET {column} = {new} WHERE {key} = {last}")
    with pytest.raises((LogDamaged, SchemaUnknown)):
        verify(state, original[1])


@pytest.mark.parametrize("table", COLUMNS)
def test_a_deleted_row_of_any_table_is_found(
    state: Path, original: tuple[Path, bytes], table: str
) -> None:
    first = f"(SELECT {KEYS[table]} FROM {table} LIMIT 1)"
    spoil(state, f"DELETE FROM {table} WHERE {KEYS[table]} = {first}")
    with pytest.raises((LogDamaged, SchemaUnknown)):
        verify(state, original[1])


DOCUMENT = "tenant, kind, id, name, revision, body"
COPY = """INSERT INTO audit_record (sequence, event, type, agent, at, leaf)
SELECT {}, 'evt_x', type, agent, at, leaf FROM audit_record WHERE sequence = 5"""


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_record WHERE sequence > 290",
        "DELETE FROM audit_record WHERE sequence < 10",
        "UPDATE audit_record SET sequence = -sequence WHERE sequence = 100",
        "UPDATE audit_record SET sequence = sequence + 1000 WHERE sequence > 100",
        COPY.format(0),
        COPY.format(312),
        "INSERT INTO claim (tenant, space, key, until) VALUES ('ten_root', 'dpop', 'x', 1)",
        f"INSERT INTO document ({DOCUMENT}) VALUES ('ten_root', 'agent', 'b', 'c', 1, x'')",
        "INSERT INTO audit_log (number, log, first_sequence) VALUES (2, 'log_x', 312)",
        "INSERT INTO audit_node (log, level, position, hash) VALUES (1, 8, 1, zeroblob(32))",
    ],
)
def test_rows_that_are_cut_moved_or_added_are_found(
    state: Path, original: tuple[Path, bytes], statement: str
) -> None:
    spoil(state, statement)
    with pytest.raises(LogDamaged):
        verify(state, original[1])


def test_exchanged_records_are_found_where_they_stand(
    state: Path, original: tuple[Path, bytes]
) -> None:
    spoil(
        state,
        "UPDATE audit_record SET sequence = 9999 WHERE sequence = 100",
        "UPDATE audit_record SET sequence = 100 WHERE sequence = 101",
        "UPDATE audit_record SET sequence = 101 WHERE sequence = 9999",
    )
    with pytest.raises(LogDamaged) as found:
        verify(state, original[1])
    assert found.value.index == 99


def test_an_undone_stop_is_found(state: Path, original: tuple[Path, bytes]) -> None:
    spoil(state, "UPDATE watermark SET value = value - 1")
    with pytest.raises(LogDamaged, match="the watermark ten_root a"):
        verify(state, original[1])


def test_the_file_of_yesterday_is_found_by_the_checkpoint_of_today(tmp_path: Path) -> None:
    asyncio.run(live(tmp_path / "state", 40))
    shutil.copytree(tmp_path / "state", tmp_path / "yesterday")
    today = asyncio.run(fill_more(tmp_path / "state"))
    with pytest.raises(LogRolledBack):
        verify(tmp_path / "yesterday", today)
    # Without a checkpoint that was kept elsewhere, an older copy is whole in itself.
    assert verify(tmp_path / "yesterday").logs[0].covered == 0


async def fill_more(directory: Path) -> bytes:
    async with journal_in(directory) as journal:
        await journal.commit(happened())
        return (await Checkpointer(journal, KEY, directory / "checkpoint").checkpoint()).note


def test_the_file_of_another_installation_is_found(
    original: tuple[Path, bytes], tmp_path: Path
) -> None:
    asyncio.run(live(tmp_path / "other", 40))
    with pytest.raises(LogDamaged, match="another log"):
        verify(tmp_path / "other", original[1])


def flip(random: Random, raw: bytearray) -> None:
    raw[random.randrange(len(raw))] ^= 1 << random.randrange(8)


def cut(random: Random, raw: bytearray) -> None:
    del raw[random.randrange(len(raw)) :]


def blank(random: Random, raw: bytearray) -> None:
    at = random.randrange(len(raw))
    raw[at : at + 512] = bytes(len(raw[at : at + 512]))


@pytest.mark.parametrize(("damage", "rounds"), [(flip, 150), (cut, 25), (blank, 50)])
def test_damage_anywhere_in_the_file_is_found_or_touches_nothing_that_is_kept(
    original: tuple[Path, bytes],
    tmp_path: Path,
    damage: Callable[[Random, bytearray], None],
    rounds: int,
) -> None:
    whole, note = (original[0] / "remit.db").read_bytes(), original[1]
    expected = content(original[0] / "remit.db")
    random, missed = Random(damage.__name__), 0
    path = tmp_path / "remit.db"
    for _ in range(rounds):
        raw = bytearray(whole)
        damage(random, raw)
        path.write_bytes(raw)
        try:
            verify(tmp_path, note)
        except (LogDamaged, SchemaUnknown):
            continue
        finally:
            for beside in tmp_path.glob("remit.db-*"):
                beside.unlink()
        missed += 1
        assert content(path) == expected
    # What is not used by anything (free space within pages) is all that may be missed.
    assert missed < rounds
