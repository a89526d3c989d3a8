"""The journal on SQLite, beside its contract (tests/contracts): what outlives a restart, and what
is refused before it reaches the writer."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from remit.audit.checkpoint import TreeHead, sign_head
from remit.audit.journal import AlreadyClaimed, ClaimOnce, Conflict, PutDocument, RaiseWatermark
from remit.audit.leaf import read_leaf
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, LogId
from remit.storage.sqlite.database import DatabaseInUse, DatabaseMissing
from remit.storage.sqlite.journal import MAX_BODY, MAX_CHANGES, create_journal, open_journal
from remit.storage.sqlite.reader import AuditReader
from tests.storage.scene import CLOCK, ENTROPY, KEY, happened, journal_in


def test_a_new_installation_begins_with_its_own_record(tmp_path: Path) -> None:
    journal = create_journal(tmp_path / "state", CLOCK, ENTROPY)
    installation = journal.installation
    journal.close()
    (entry,) = AuditReader(tmp_path / "state").tail(5)
    members = read_leaf(entry.leaf)
    assert (entry.type, entry.index, entry.log) == ("log.opened", 0, journal.log)
    assert members["instance"] == installation.instance
    assert (installation.incarnation, installation.restored_at) == (1, None)


def test_everything_outlives_a_restart(tmp_path: Path) -> None:
    claim = ClaimOnce(ROOT_TENANT, "dpop", "jti", CLOCK.now() + timedelta(minutes=1))

    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            log, installation = journal.log, journal.installation
            put = PutDocument(ROOT_TENANT, "agent", "agt_a", "ada", b"body", 0)
            await journal.commit(happened(), (put, claim, RaiseWatermark(ROOT_TENANT, "agt_a")))
        async with journal_in(tmp_path) as journal:
            assert (journal.log, journal.installation) == (log, installation)
            assert [document.body for document in journal.load_documents("agent")] == [b"body"]
            assert journal.load_watermarks() == {(ROOT_TENANT, "agt_a"): 1}
            with pytest.raises(AlreadyClaimed):
                await journal.commit(happened(), (claim,))
            assert (await journal.commit(happened())).index == 2

    asyncio.run(story())


def test_a_directory_is_neither_opened_twice_nor_made_twice_nor_made_up(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        open_journal(tmp_path, CLOCK, ENTROPY)
    journal = create_journal(tmp_path, CLOCK, ENTROPY)
    for opening in (open_journal, create_journal):
        with pytest.raises(DatabaseInUse):
            opening(tmp_path, CLOCK, ENTROPY)
    journal.close()
    with pytest.raises(Conflict):
        create_journal(tmp_path, CLOCK, ENTROPY)
    open_journal(tmp_path, CLOCK, ENTROPY).close()


def test_units_that_are_too_large_are_refused_and_the_journal_goes_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            large = PutDocument(ROOT_TENANT, "agent", "agt_a", "ada", b"x" * (MAX_BODY + 1), 0)
            many = [RaiseWatermark(ROOT_TENANT, "agt_a")] * (MAX_CHANGES + 1)
            for changes in ([large], many):
                with pytest.raises(Malformed):
                    await journal.commit(happened(), changes)
            assert (await journal.commit(happened())).index == 1

    asyncio.run(story())


def test_a_state_change_stands_in_the_leaf_of_its_record(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            receipt = await journal.commit(happened(), (RaiseWatermark(ROOT_TENANT, "agt_a"),))
            entry = AuditReader(tmp_path).load_entry(receipt.event)
            assert read_leaf(entry.leaf)["changes"] == [["raise", ROOT_TENANT, "agt_a"]]

    asyncio.run(story())


def test_checkpoints_of_another_log_are_not_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            with pytest.raises(Malformed):
                await journal.keep_checkpoint(sign_head(TreeHead(LogId("x"), 1, b"r" * 32), KEY))
            assert await journal.former_logs() == []

    asyncio.run(story())


def test_a_database_without_its_newest_node_is_not_opened(tmp_path: Path) -> None:
    journal = create_journal(tmp_path, CLOCK, ENTROPY)
    for _ in range(300):
        journal.append(happened())
    journal.close()
    with closing(sqlite3.connect(tmp_path / "remit.db")) as connection, connection:
        connection.execute("DELETE FROM audit_node")
    with pytest.raises(Exception, match="node 0 of level 8"):
        open_journal(tmp_path, CLOCK, ENTROPY)
    # And the lock was let go of.
    with pytest.raises(Exception, match="node 0 of level 8"):
        open_journal(tmp_path, CLOCK, ENTROPY)
