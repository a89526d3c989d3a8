"""What others hear when authority ends at once. A listener is told, never asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from remit.signals.in_flight import Cut
from remit.signals.stop import Stop
from remit.signals.targets import Target


@dataclass(frozen=True, slots=True)
class TargetStopped:
    """A stop is committed, and what it hit is cut."""

    stop: Stop
    cut: Cut


@dataclass(frozen=True, slots=True)
class StopEnded:
    """A stop was lifted; the target's other stops still stand."""

    stop: Stop


@dataclass(frozen=True, slots=True)
class TargetsSuperseded:
    """Older tokens of these targets died with a change of state, without a stop."""

    targets: tuple[Target, ...]
    cut: Cut


@dataclass(frozen=True, slots=True)
class TargetsHeld:
    """A change could not be committed for certain: its targets are held stopped in this process."""

    targets: tuple[Target, ...]
    cut: Cut


SignalEvent: TypeAlias = TargetStopped | StopEnded | TargetsSuperseded | TargetsHeld

# Called in the event loop, after the fact: it returns at once, and does not raise.
Listener: TypeAlias = Callable[[SignalEvent], None]
