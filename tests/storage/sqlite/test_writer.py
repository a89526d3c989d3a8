"""The writer under load, and when the disk gives out: closed for good, and nobody left waiting."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from remit.audit.journal import AuditUnavailable, ClaimOnce, CountUp, Receipt
from remit.audit.tiles import NodeMissing
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT
from remit.storage.sqlite.journal import SQLiteJournal, create_journal, open_journal
from remit.storage.sqlite.writer import JournalState, Limits
from remit.testing.clock import FakeClock
from tests.storage.scene import CLOCK, ENTROPY, happened, journal_in, verify


@pytest.fixture
def blocker(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another connection, which can hold the write lock against the journal."""
    create_journal(tmp_path, CLOCK, ENTROPY).close()
    with closing(sqlite3.connect(tmp_path / "remit.db", isolation_level=None)) as connection:
        yield connection


def test_what_queues_while_the_disk_is_busy_is_committed_together(
    tmp_path: Path, blocker: sqlite3.Connection
) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            blocker.execute("BEGIN IMMEDIATE")
            waiting = [asyncio.ensure_future(journal.commit(happened())) for _ in range(200)]
            await asyncio.sleep(0.05)
            assert journal.queued == 200
            assert not any(each.done() for each in waiting)
            blocker.execute("ROLLBACK")
            receipts = await asyncio.gather(*waiting)
            assert [each.index for each in receipts] == list(range(1, 201))
            assert journal.queued == 0

    asyncio.run(story())


@pytest.mark.parametrize("limits", [Limits(units=10), Limits(bytes=18_000)], ids=["units", "bytes"])
def test_the_queue_is_bounded(tmp_path: Path, blocker: sqlite3.Connection, limits: Limits) -> None:
    async def story() -> None:
        journal = open_journal(tmp_path, CLOCK, ENTROPY, limits)
        blocker.execute("BEGIN IMMEDIATE")
        for _ in range(10):
            journal.append(happened("x" * 1000))
        with pytest.raises(AuditUnavailable):
            journal.append(happened("x" * 1000))
        with pytest.raises(AuditUnavailable):
            await journal.commit(happened("x" * 1000))
        blocker.execute("ROLLBACK")
        # The queue is a queue again when the disk is back.
        await journal.head()
        assert (await journal.commit(happened())).index == 11
        await journal.aclose()

    asyncio.run(story())


async def outcomes_of_a_full_disk(journal: SQLiteJournal) -> list[Receipt | BaseException]:
    def fill_up(connection: sqlite3.Connection, _: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        # SQLite refuses to grow beyond this: the same SQLITE_FULL as from a full disk.
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await journal._ask(fill_up)
    return await asyncio.gather(
        *(journal.commit(happened("x" * 5000)) for _ in range(100)), return_exceptions=True
    )


def test_a_full_disk_refuses_everybody_and_closes_the_journal_for_good(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            await journal.commit(happened())
            with caplog.at_level(logging.CRITICAL):
                outcomes = await outcomes_of_a_full_disk(journal)
            assert isinstance(outcomes[-1], AuditUnavailable)
            assert "full" in caplog.text
            assert journal.state is JournalState.FAILED
            with pytest.raises(AuditUnavailable):
                journal.append(happened())
            with pytest.raises(AuditUnavailable):
                await journal.commit(happened())
            with pytest.raises(AuditUnavailable):
                await journal.head()
            acknowledged = [each for each in outcomes if isinstance(each, Receipt)]
        assert verify(tmp_path).logs[0].head.size == 2 + len(acknowledged)
        async with journal_in(tmp_path) as journal:
            assert journal.state is JournalState.OPEN
            await journal.commit(happened())

    asyncio.run(story())


def test_a_lock_that_does_not_end_fails_closed(
    tmp_path: Path, blocker: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            await journal._ask(lambda connection, _: connection.execute("PRAGMA busy_timeout = 1"))
            blocker.execute("BEGIN IMMEDIATE")
            with pytest.raises(AuditUnavailable):
                await journal.commit(happened())
            assert journal.state is JournalState.FAILED
            blocker.execute("ROLLBACK")

    with caplog.at_level(logging.CRITICAL):
        asyncio.run(story())


def test_closing_commits_what_was_accepted_and_takes_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        journal = create_journal(tmp_path, CLOCK, ENTROPY)
        for _ in range(1000):
            journal.append(happened())
        await journal.aclose()
        await journal.aclose()
        assert journal.state is JournalState.CLOSED
        with pytest.raises(AuditUnavailable):
            journal.append(happened())

    asyncio.run(story())
    # All of it is in the one file: it can be copied as it is.
    assert not (tmp_path / "remit.db-wal").exists()
    assert verify(tmp_path).logs[0].head.size == 1001


def test_a_caller_who_stops_waiting_does_not_stop_its_commit(
    tmp_path: Path, blocker: sqlite3.Connection
) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            blocker.execute("BEGIN IMMEDIATE")
            waiting = asyncio.ensure_future(journal.commit(happened()))
            await asyncio.sleep(0.01)
            waiting.cancel()
            blocker.execute("ROLLBACK")
            assert (await journal.commit(happened())).index == 2

    asyncio.run(story())


def test_claims_are_forgotten_after_their_time_and_not_before(tmp_path: Path) -> None:
    clock = FakeClock()

    async def story() -> None:
        journal = create_journal(tmp_path, clock, ENTROPY)
        for number in range(200):
            until = clock.now() + timedelta(seconds=10 if number < 150 else 1000)
            claim = ClaimOnce(ROOT_TENANT, "dpop", str(number), until)
            await journal.commit(happened(), (claim,))
        clock.advance(5)
        await journal.commit(happened())
        assert await count(journal) == 200
        clock.advance(6)
        for _ in range(4):
            clock.advance(2)
            await journal.commit(happened())
        assert await count(journal) == 50
        await journal.aclose()

    async def count(journal: SQLiteJournal) -> int:
        ask = "SELECT count(until) FROM claim"
        row = await journal._ask(lambda connection, _: connection.execute(ask).fetchone())
        return int(row[0])

    asyncio.run(story())


def test_the_write_ahead_log_is_written_back_when_there_is_nothing_else_to_do(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            for _ in range(1100):
                journal.append(happened("x" * 1500))
            await journal.head()
            await asyncio.sleep(0.2)
            assert (tmp_path / "remit.db").stat().st_size > 1 << 20

    asyncio.run(story())


def test_what_cannot_be_stored_is_refused_and_the_journal_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            with pytest.raises(Malformed):
                await journal.commit(happened(), (CountUp(ROOT_TENANT, "rmt_a", 2**70),))
            with pytest.raises(NodeMissing):
                await journal.head_at(1_000_000)
            assert (await journal.commit(happened())).index == 1

    asyncio.run(story())


def test_the_write_ahead_log_does_not_grow_without_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            for _ in range(60):
                for _ in range(500):
                    journal.append(happened("x" * 1500))
                await journal.head()
            assert (tmp_path / "remit.db-wal").stat().st_size < 80 << 20

    asyncio.run(story())
