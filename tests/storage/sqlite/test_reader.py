"""Reading the log beside its writer and without one: found, filtered, proved."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from remit.audit.checkpoint import verifier_key
from remit.audit.leaf import read_leaf
from remit.audit.proof import verify_proof
from remit.audit.tree import verify_consistency
from remit.kernel.errors import NotFound
from remit.kernel.ids import ROOT_TENANT, EventId, LogId
from remit.storage.sqlite.checkpointer import Checkpointer
from remit.storage.sqlite.reader import AuditReader, EntryFilter, NotCovered
from tests.storage.scene import KEY, Else, fill, happened, journal_in, verify


def notes(entries: object) -> list[object]:
    assert isinstance(entries, list)
    return [read_leaf(entry.leaf).get("note") for entry in entries]


def test_the_tail_is_newest_first_and_filtered_by_agent_type_and_time(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            for number in range(9):
                await journal.commit(happened(str(number), f"agt_{number % 3}"))
            await journal.commit(Else(tenant=ROOT_TENANT))

    asyncio.run(story())
    reader = AuditReader(tmp_path)
    assert notes(reader.tail(3)) == [None, "8", "7"]
    assert notes(reader.tail(9, EntryFilter(agent="agt_1"))) == ["7", "4", "1"]
    assert notes(reader.tail(2, EntryFilter(agent="agt_1", type="test.happened"))) == ["7", "4"]
    assert notes(reader.tail(9, EntryFilter(agent="agt_1", type="test.else"))) == []
    assert [entry.type for entry in reader.tail(9, EntryFilter(type="test.else"))] == ["test.else"]
    everything = reader.tail(100)
    middle = everything[5]
    assert reader.tail(100, before=middle) == everything[6:]
    assert reader.follow(middle, 100) == list(reversed(everything[:5]))
    since = reader.tail(100, EntryFilter(since=middle.at))
    assert all(entry.at >= middle.at for entry in since)
    assert middle in since
    assert middle not in reader.tail(100, EntryFilter(until=middle.at))


def test_a_filter_is_a_value_and_no_sql(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path, 3))
    reader = AuditReader(tmp_path)
    assert reader.tail(5, EntryFilter(agent="nobody' OR 1=1 --")) == []


def test_an_entry_of_another_log_is_no_place_to_read_from(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path, 3))
    reader = AuditReader(tmp_path)
    stranger = replace(reader.tail(1)[0], log=LogId("log_x"))
    for read in (lambda: reader.tail(5, before=stranger), lambda: reader.follow(stranger, 5)):
        with pytest.raises(NotFound):
            read()


def test_an_event_is_found_by_its_id(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path, 3))
    reader = AuditReader(tmp_path)
    entry = reader.tail(1)[0]
    assert reader.load_entry(entry.event) == entry
    for read in (reader.load_entry, reader.prove):
        with pytest.raises(NotFound):
            read(EventId("evt_unknown"))


@pytest.mark.parametrize("count", [3, 600])
def test_every_record_under_a_checkpoint_is_proved_offline(tmp_path: Path, count: int) -> None:
    asyncio.run(fill(tmp_path, count))
    reader = AuditReader(tmp_path)
    entries = reader.tail(1000)
    keys = [verifier_key(entries[0].log, KEY.public)]
    for entry in entries[:: max(1, count // 50)]:
        proof = reader.prove(entry.event)
        assert verify_proof(proof.proof, proof.entry.leaf, keys).index == entry.index


def test_what_no_checkpoint_covers_is_not_proved_yet(tmp_path: Path) -> None:
    async def story() -> None:
        reader = AuditReader(tmp_path)
        async with journal_in(tmp_path) as journal:
            first = await journal.commit(happened())
            with pytest.raises(NotCovered):
                reader.prove(first.event)
            with pytest.raises(NotCovered):
                reader.newest_checkpoint()
            checkpointer = Checkpointer(journal, KEY, tmp_path / "checkpoint")
            signed = await checkpointer.checkpoint()
            second = await journal.commit(happened())
            reader.prove(first.event)
            with pytest.raises(NotCovered):
                reader.prove(second.event)
            assert reader.newest_checkpoint().note == signed.note
            assert reader.head() == await journal.head()

    asyncio.run(story())


def test_a_log_is_proved_to_continue_an_earlier_one(tmp_path: Path) -> None:
    async def heads() -> None:
        async with journal_in(tmp_path) as journal:
            for _ in range(300):
                journal.append(happened())
            old = await journal.head()
            for _ in range(500):
                journal.append(happened())
            new = await journal.head()
        proof = AuditReader(tmp_path).prove_consistency(old.size, new.size)
        verify_consistency(old.size, new.size, old.root, new.root, proof)

    asyncio.run(heads())


def test_verification_beside_a_running_server_sees_one_moment(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            writing = asyncio.ensure_future(write(journal.append))
            for _ in range(5):
                verified = await asyncio.to_thread(verify, tmp_path)
                assert verified.installation == journal.installation
            writing.cancel()

    async def write(append: object) -> None:
        assert callable(append)
        while True:
            for _ in range(20):
                append(happened())
            await asyncio.sleep(0.001)

    asyncio.run(story())


def test_reading_leaves_the_database_as_it_is(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path, 20))
    before = (tmp_path / "remit.db").read_bytes()
    reader = AuditReader(tmp_path)
    verify(tmp_path)
    reader.tail(5)
    reader.segments()
    assert (tmp_path / "remit.db").read_bytes() == before
