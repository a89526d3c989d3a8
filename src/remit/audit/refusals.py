"""Refusals of callers that nobody knows, counted and written as one record, so that no one outside
can fill the disk: one record in each interval, with a bounded number of kinds.
"""

import asyncio
from contextlib import suppress

from remit.audit.journal import AuditUnavailable, Journal
from remit.audit.records import RefusalsAggregated
from remit.kernel.clock import Clock, to_millis
from remit.kernel.ids import ROOT_TENANT

MAX_KINDS = 256
_LONGEST_KIND = 128


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
