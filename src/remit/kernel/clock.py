"""Time comes in by the door: whoever needs it takes a Clock in its constructor."""

from datetime import UTC, datetime
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """A source of time; `testing.FakeClock` stands in for it where time must stand still."""

    def now(self) -> datetime:
        """The wall-clock instant, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for lengths of time within this process."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()


def to_millis(instant: datetime) -> int:
    """Milliseconds since the Unix epoch, as records and tables carry instants."""
    return int(instant.timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    """The instant that `to_millis` wrote, to the millisecond."""
    return datetime.fromtimestamp(millis / 1000, UTC)
