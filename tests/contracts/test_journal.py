"""The journal's contract, over every adapter: all changes, all preconditions, all or nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from remit.audit.journal import (
    AlreadyClaimed,
    Change,
    ClaimOnce,
    CountUp,
    Document,
    LimitReached,
    PutDocument,
    RaiseWatermark,
    RequireDocument,
    RequireWatermarks,
    WatermarkMoved,
)
from remit.audit.leaf import RecordTooLarge
from remit.kernel.errors import Conflict, Malformed, RemitError
from remit.kernel.ids import TenantId
from remit.storage.memory.journal import MemoryJournal
from remit.storage.sqlite.journal import SQLiteJournal
from tests.storage.scene import CLOCK, ENTROPY, happened, journal_in

AnyJournal: TypeAlias = MemoryJournal | SQLiteJournal
Scenario: TypeAlias = Callable[[AnyJournal], Coroutine[None, None, None]]
Play: TypeAlias = Callable[[Scenario], None]

ONE, OTHER = TenantId("ten_one"), TenantId("ten_other")
LATER = CLOCK.now() + timedelta(minutes=5)


@asynccontextmanager
async def in_memory(_: Path) -> AsyncIterator[MemoryJournal]:
    yield MemoryJournal(CLOCK, ENTROPY)


@pytest.fixture(params=[in_memory, journal_in], ids=["memory", "sqlite"])
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Play:
    async def run(scenario: Scenario) -> None:
        async with request.param(tmp_path) as journal:
            await scenario(journal)

    return lambda scenario: asyncio.run(run(scenario))


def put(name: str, body: bytes = b"{}", revision: int = 0, id_: str = "agt_a") -> PutDocument:
    return PutDocument(ONE, "agent", id_, name, body, revision)


async def refused(journal: AnyJournal, error: type[RemitError], *changes: Change) -> None:
    with pytest.raises(error):
        await journal.commit(happened("refused"), changes)


def test_receipts_name_the_log_and_follow_each_other(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        first = await journal.commit(happened())
        accepted = journal.append(happened())
        third = await journal.commit(happened())
        assert first.log == accepted.log == third.log == journal.log
        # The log's own first record has index 0.
        assert (first.index, accepted.index, third.index) == (1, None, 3)
        assert (first.durable, accepted.durable) == (True, False)
        assert len({first.event, accepted.event, third.event}) == 3

    play(scenario)


def test_documents_are_created_replaced_and_listed_in_order_of_creation(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        await journal.commit(happened(), (put("zoe", b"1", id_="agt_z"),))
        await journal.commit(happened(), (put("ada", b"2"),))
        await journal.commit(happened(), (put("zoe", b"3", 1, id_="agt_z"),))
        await journal.commit(happened(), (PutDocument(OTHER, "agent", "agt_a", "ada", b"4", 0),))
        await journal.commit(happened(), (PutDocument(ONE, "remit", "agt_a", "ada", b"5", 0),))
        assert list(journal.load_documents("agent")) == [
            Document(ONE, "agent", "agt_z", "zoe", 2, b"3"),
            Document(ONE, "agent", "agt_a", "ada", 1, b"2"),
            Document(OTHER, "agent", "agt_a", "ada", 1, b"4"),
        ]
        assert journal.load_documents("secret") == []

    play(scenario)


def test_a_document_that_changed_meanwhile_is_not_replaced(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        await refused(journal, Conflict, put("ada", b"x", 1))
        await journal.commit(happened(), (put("ada", b"1"),))
        await journal.commit(happened(), (put("ada", b"2", 1),))
        for revision in (0, 1, 3, -1):
            await refused(journal, Conflict, put("ada", b"x", revision))
        assert [document.body for document in journal.load_documents("agent")] == [b"2"]

    play(scenario)


def test_names_are_given_once_even_after_renaming(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        await journal.commit(happened(), (put("ada"),))
        await refused(journal, Conflict, put("ada", id_="agt_b"))
        await journal.commit(happened(), (put("lovelace", revision=1),))
        await refused(journal, Conflict, put("ada", id_="agt_b"))
        await journal.commit(happened(), (put("ada", revision=2),))
        assert [document.name for document in journal.load_documents("agent")] == ["ada"]

    play(scenario)


def test_a_name_that_was_refused_with_its_unit_is_still_free(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        await refused(journal, Conflict, put("ada", revision=5))
        await journal.commit(happened(), (put("ada", id_="agt_b"),))

    play(scenario)


def test_a_required_document_must_be_at_its_revision(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        await journal.commit(happened(), (put("ada"),))
        await journal.commit(happened(), (RequireDocument(ONE, "agent", "agt_a", 1),))
        for key in (
            (ONE, "agent", "agt_a", 2),
            (ONE, "agent", "agt_b", 1),
            (ONE, "agent", "agt_b", 0),
            (OTHER, "agent", "agt_a", 1),
            (ONE, "remit", "agt_a", 1),
        ):
            await refused(journal, Conflict, RequireDocument(*key))

    play(scenario)


def test_a_key_is_claimed_once_in_its_space_and_tenant(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        claim = ClaimOnce(ONE, "dpop", "jti", LATER)
        await journal.commit(happened(), (claim,))
        with pytest.raises(AlreadyClaimed) as refusal:
            await journal.commit(happened(), (claim,))
        assert refusal.value.space == "dpop"
        await refused(journal, AlreadyClaimed, ClaimOnce(ONE, "x", "y", LATER), claim)
        await journal.commit(happened(), (ClaimOnce(ONE, "x", "y", LATER),))
        await journal.commit(happened(), (ClaimOnce(ONE, "assertion", "jti", LATER),))
        await journal.commit(happened(), (ClaimOnce(OTHER, "dpop", "jti", LATER),))

    play(scenario)


def test_of_a_thousand_claimants_one_wins(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        claim = ClaimOnce(ONE, "dpop", "jti", LATER)
        outcomes = await asyncio.gather(
            *(journal.commit(happened(), (claim,)) for _ in range(1000)), return_exceptions=True
        )
        losers = [each for each in outcomes if isinstance(each, AlreadyClaimed)]
        assert len(losers) == 999
        # The losers have left no record: the next index follows on the winner's.
        assert (await journal.commit(happened())).index == 2

    play(scenario)


def test_watermarks_are_raised_by_one_and_required_as_they_were_seen(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        require = RequireWatermarks(ONE, {"agt_a": 0, "everything": 0})
        await journal.commit(happened(), (require,))
        await journal.commit(happened(), (RaiseWatermark(ONE, "agt_a"),))
        await refused(journal, WatermarkMoved, require)
        await journal.commit(happened(), (RaiseWatermark(ONE, "agt_a"),))
        await journal.commit(happened(), (RequireWatermarks(ONE, {"agt_a": 2}),))
        await journal.commit(happened(), (RequireWatermarks(OTHER, {"agt_a": 0}),))
        await refused(journal, WatermarkMoved, RequireWatermarks(ONE, {"agt_a": 3}))
        assert journal.load_watermarks() == {(ONE, "agt_a"): 2}

    play(scenario)


def test_a_stop_and_a_mint_are_decided_in_the_order_of_commits(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        mint = RequireWatermarks(ONE, {"agt_a": 0})
        outcomes = await asyncio.gather(
            journal.commit(happened(), (mint,)),
            journal.commit(happened(), (RaiseWatermark(ONE, "agt_a"),)),
            journal.commit(happened(), (mint,)),
            return_exceptions=True,
        )
        assert [isinstance(each, WatermarkMoved) for each in outcomes] == [False, False, True]

    play(scenario)


def test_counters_count_to_their_limit(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        counted = CountUp(ONE, "rmt_a", 3)
        outcomes = await asyncio.gather(
            *(journal.commit(happened(), (counted,)) for _ in range(10)), return_exceptions=True
        )
        assert sum(isinstance(each, LimitReached) for each in outcomes) == 7
        await journal.commit(happened(), (CountUp(ONE, "rmt_a", None),))
        await refused(journal, LimitReached, CountUp(ONE, "rmt_a", 4))
        await journal.commit(happened(), (CountUp(ONE, "rmt_a", 5),))
        await journal.commit(happened(), (CountUp(OTHER, "rmt_a", 1),))
        for limit in (0, -1):
            await refused(journal, LimitReached, CountUp(ONE, "rmt_new", limit))

    play(scenario)


@pytest.mark.parametrize("position", range(4))
def test_a_failing_change_leaves_neither_record_nor_changes(play: Play, position: int) -> None:
    async def scenario(journal: AnyJournal) -> None:
        changes: list[Change] = [
            put("ada"),
            ClaimOnce(ONE, "dpop", "jti", LATER),
            RaiseWatermark(ONE, "agt_a"),
            CountUp(ONE, "rmt_a", 1),
        ]
        failing = RequireWatermarks(ONE, {"other": 1})
        await refused(journal, WatermarkMoved, *changes[:position], failing, *changes[position:])
        assert not journal.load_documents("agent")
        assert not journal.load_watermarks()
        # Everything can still be done, as for the first time.
        assert (await journal.commit(happened(), changes)).index == 1

    play(scenario)


def test_a_failing_unit_does_not_spoil_those_committed_with_it(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        outcomes = await asyncio.gather(
            *(
                journal.commit(happened(), (put(f"name-{number // 2}", id_=f"agt_{number}"),))
                for number in range(100)
            ),
            return_exceptions=True,
        )
        indices = [each.index for each in outcomes if not isinstance(each, BaseException)]
        assert indices == list(range(1, 51))
        assert len(journal.load_documents("agent")) == 50

    play(scenario)


def test_records_that_no_leaf_can_hold_are_refused_and_nothing_else_is(play: Play) -> None:
    async def scenario(journal: AnyJournal) -> None:
        with pytest.raises(RecordTooLarge):
            journal.append(happened("x" * 70_000))
        with pytest.raises(RecordTooLarge):
            await journal.commit(happened("x" * 70_000), (RaiseWatermark(ONE, "agt_a"),))
        with pytest.raises(Malformed):
            await journal.commit(happened("\ud800"))
        with pytest.raises(Malformed):
            await journal.commit(happened(), (ClaimOnce(ONE, "dpop", "\ud800", LATER),))
        assert not journal.load_watermarks()
        assert (await journal.commit(happened())).index == 1

    play(scenario)
