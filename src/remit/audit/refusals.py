"""Refusals without number, so that nobody can fill the disk by being refused.

Those of callers that nobody knows are counted and written as one record in each interval, with a
bounded number of kinds; those of known callers are recorded one by one, up to a rate.
"""

import asyncio
from collections import OrderedDict
from contextlib import suppress

from remit.audit.journal import AuditUnavailable, Journal
from remit.audit.records import RefusalsAggregated
from remit.kernel.clock import Clock, to_millis
from remit.kernel.ids import ROOT_TENANT

MAX_KINDS = 256
_LONGEST_KIND = 128

# A caller's refusals that are recorded one by one: so many at once, then so many a second.
_BURST = 100.0
_PER_SECOND = 10.0
_MOST_CALLERS = 4096


class Allowances:
    """Whose refusal may still be a record of its own; beyond that it is counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, caller: str) -> bool:
        """Whether one refusal more of this caller is recorded; the least recent are forgotten."""
        now = self._clock.monotonic()
        left, since = self._left.pop(caller, (_BURST, now))
        left = min(_BURST, left + (now - since) * _PER_SECOND)
        is_admitted = left >= 1.0
        self._left[caller] = (left - 1.0 if is_admitted else left, now)
        if len(self._left) > _MOST_CALLERS:
            self._left.popitem(last=False)
        return is_admitted


class RefusalCounter:
    """Counts refusals by endpoint and error; belongs to one event loop."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._since = to_millis(clock.now())
        self._refusals: dict[str, int] = {}
        self._others = 0

    def count(self, endpoint: str, error: str) -> None:
        """One refusal more. `endpoint` and `error` are names of ours, never the caller's text."""
        kind = f"{endpoint} {error}"[:_LONGEST_KIND]
        if kind in self._refusals or len(self._refusals) < MAX_KINDS:
            self._refusals[kind] = self._refusals.get(kind, 0) + 1
        else:
            self._others += 1

    def flush(self) -> None:
        """Append what was counted, if anything was; keeps the counts on AuditUnavailable."""
        if not self._refusals:
            return
        until = to_millis(self._clock.now())
        self._journal.append(
            RefusalsAggregated(
                tenant=ROOT_TENANT,
                since=self._since,
                until=until,
                refusals=self._refusals,
                others=self._others,
            )
        )
        self._since, self._refusals, self._others = until, {}, 0

    async def run(self, interval: float) -> None:
        """Flush every `interval` seconds until cancelled, and once more at the end."""
        try:
            while True:
                await asyncio.sleep(interval)
                self._try_to_flush()
        finally:
            self._try_to_flush()

    def _try_to_flush(self) -> None:
        # The counts are kept; the journal's own state says that it does not take records.
        with suppress(AuditUnavailable):
            self.flush()
