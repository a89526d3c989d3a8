"""What a log shows of itself to its readers: its segments, entries, nodes and checkpoints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from remit.audit.effects import HeldState
from remit.audit.tree import Node
from remit.kernel.ids import EventId, InstanceId, LogId


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as it is kept: its place, what it is found by, and its leaf."""

    log: LogId
    index: int
    event: EventId
    type: str
    agent: str | None
    at: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """One log of an installation: each restore begins a new one. `size` counts its records."""

    log: LogId
    incarnation: int
    first: int
    size: int


@dataclass(frozen=True, slots=True)
class Installation:
    """Which installation this is, how often it was restored, and when last (milliseconds)."""

    instance: InstanceId
    incarnation: int
    restored_at: int | None


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as it is kept; `number` counts a log's checkpoints without gaps."""

    number: int
    size: int
    note: bytes


# The newest checkpoints are all kept; of the older ones, one in THINNING.
KEPT_CHECKPOINTS = 1024
THINNING = 64


def is_kept(number: int, newest: int) -> bool:
    """Whether the store keeps this checkpoint once the newest has its number."""
    return number % THINNING == 0 or number > newest - KEPT_CHECKPOINTS


class LogSource(Protocol):
    """A store, as verification reads it: one consistent view."""

    def installation(self) -> Installation: ...

    def segments(self) -> Sequence[Segment]:
        """The logs, oldest first; the last is the one being written."""
        ...

    def entries(self, segment: Segment) -> Iterator[Entry]:
        """The records of a log in order; `index` as it is kept, not as it should be."""
        ...

    def nodes(self, segment: Segment) -> Iterator[Node]:
        """The kept nodes of a log, in the order in which appending completed them."""
        ...

    def checkpoints(self, segment: Segment) -> Sequence[StoredCheckpoint]:
        """The kept checkpoints of a log, by number."""
        ...

    def state(self) -> HeldState:
        """The control state."""
        ...
