"""Drafting: what the log adds to a record, with time and chance from the door."""

from collections.abc import Sequence

from remit.audit.effects import describe
from remit.audit.journal import Change
from remit.audit.leaf import Draft, draft
from remit.audit.records import Record
from remit.kernel.canonical import Json
from remit.kernel.clock import Clock, to_millis
from remit.kernel.entropy import Entropy
from remit.kernel.ids import EventId, LogId, draw_id

_INSTANT_BYTES = 6


class Drafting:
    """Makes drafts for one log."""

    def __init__(self, log: LogId, clock: Clock, entropy: Entropy) -> None:
        self.log = log
        self._clock = clock
        self._entropy = entropy

    def draft(
        self, record: Record, changes: Sequence[Change] = (), lines: Sequence[Json] = ()
    ) -> Draft:
        """The draft of a record, the changes committed with it, and further lines about state."""
        at = to_millis(self._clock.now())
        event = draw_id(EventId, _Timed(at, self._entropy))
        described = (*describe(changes), *lines) if changes or lines else ()
        return draft(record, self.log, event, at, described)


class _Timed:
    """Chance that begins with the instant, so that events of a time stand together in an index."""

    def __init__(self, at: int, entropy: Entropy) -> None:
        self._at = at
        self._entropy = entropy

    def draw(self, size: int) -> bytes:
        instant = self._at.to_bytes(_INSTANT_BYTES, "big")
        return instant + self._entropy.draw(size - _INSTANT_BYTES)
