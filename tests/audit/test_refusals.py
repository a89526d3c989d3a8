"""However many strangers knock, the log grows by one bounded record an interval."""

import asyncio
from collections.abc import Sequence

import pytest

from remit.audit.journal import AuditUnavailable, Change, Receipt
from remit.audit.leaf import MAX_LEAF, draft
from remit.audit.records import Record, RefusalsAggregated
from remit.audit.refusals import MAX_KINDS, RefusalCounter
from remit.kernel.clock import to_millis
from remit.kernel.ids import EventId, LogId
from remit.testing.clock import FakeClock


class Log:
    """A journal that keeps what it is given, unless it is broken."""

    log = LogId("log_a")

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.is_broken = False

    def append(self, record: Record) -> Receipt:
        if self.is_broken:
            raise AuditUnavailable("broken")
        self.records.append(record)
        return Receipt(EventId("evt_a"), self.log, None, False)

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        return self.append(record)

    @property
    def only(self) -> RefusalsAggregated:
        (record,) = self.records
        assert isinstance(record, RefusalsAggregated)
        return record


def test_refusals_of_an_interval_are_one_record() -> None:
    log, clock = Log(), FakeClock()
    counter = RefusalCounter(log, clock)
    start = to_millis(clock.now())
    for _ in range(10_000):
        counter.count("/token", "invalid_client")
    counter.count("/token", "invalid_request")
    clock.advance(10)
    counter.flush()
    counter.flush()
    assert log.only.refusals == {"/token invalid_client": 10_000, "/token invalid_request": 1}
    assert (log.only.since, log.only.until) == (start, start + 10_000)


def test_kinds_beyond_the_limit_are_counted_together_and_the_record_fits_a_leaf() -> None:
    log = Log()
    counter = RefusalCounter(log, FakeClock())
    for number in range(MAX_KINDS + 50):
        counter.count(f"/{number}" + "x" * 5000, "invalid_request")
    counter.flush()
    assert len(log.only.refusals) == MAX_KINDS
    assert log.only.others == 50
    assert draft(log.only, log.log, EventId("evt_a"), 0).size < MAX_LEAF


def test_what_was_not_written_is_not_forgotten() -> None:
    log = Log()
    counter = RefusalCounter(log, FakeClock())
    counter.count("/token", "invalid_client")
    log.is_broken = True
    with pytest.raises(AuditUnavailable):
        counter.flush()
    log.is_broken = False
    counter.flush()
    assert log.only.refusals == {"/token invalid_client": 1}


def test_the_rest_is_written_at_the_end() -> None:
    log = Log()
    counter = RefusalCounter(log, FakeClock())

    async def serve() -> None:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(counter.run(0.001))
            counter.count("/token", "invalid_client")
            await asyncio.sleep(0.02)
            assert len(log.records) == 1
            log.is_broken = True
            counter.count("/token", "invalid_client")
            await asyncio.sleep(0.02)
            log.is_broken = False
            running.cancel()

    asyncio.run(serve())
    assert len(log.records) == 2
