"""One tenant's board: each target's watermark, and what bars it now.

A key is barred while a stop on it stands, while a change to it is being committed, and while it is
held because such a change's outcome is not known.
"""

from collections.abc import Iterable, Mapping

from remit.kernel.ids import StopId
from remit.signals.clearance import Stopped
from remit.signals.stop import Stop


class Board:
    """Mutable, and changed by Stops alone; every step is without an await."""

    __slots__ = ("_barred", "_closing", "_standing", "held", "watermarks")

    def __init__(self) -> None:
        self.watermarks: dict[str, int] = {}
        self.held: set[str] = set()
        self._closing: dict[str, int] = {}
        self._standing: dict[str, dict[StopId, None]] = {}
        self._barred: set[str] = set()

    def see(self, keys: Iterable[str]) -> Mapping[str, int]:
        """The watermarks of these keys; raises Stopped where one is barred."""
        barred, watermarks = self._barred, self.watermarks
        seen = {}
        for key in keys:
            if key in barred:
                raise self._refusal(key)
            seen[key] = watermarks.get(key, 0)
        return seen

    def close(self, key: str) -> None:
        """A change to this key is on its way to the journal."""
        self._closing[key] = self._closing.get(key, 0) + 1
        self._judge(key)

    def reopen(self, key: str) -> None:
        """The change was refused: as if it had never been tried."""
        left = self._closing.pop(key) - 1
        if left:
            self._closing[key] = left
        self._judge(key)

    def hold(self, key: str) -> None:
        """The change may have been committed, or not."""
        self.held.add(key)
        self.reopen(key)

    def raise_watermark(self, key: str) -> None:
        """The change is committed, which also settles any doubt about an earlier one."""
        self.watermarks[key] = self.watermarks.get(key, 0) + 1
        self.held.discard(key)
        self.reopen(key)

    def keep(self, stop: Stop) -> None:
        """A stop as it is now: standing, or lifted."""
        key = stop.target.key
        if stop.lifted is None:
            self._standing.setdefault(key, {})[stop.id] = None
        elif key in self._standing:
            self._standing[key].pop(stop.id, None)
            if not self._standing[key]:
                del self._standing[key]
        self._judge(key)

    def _judge(self, key: str) -> None:
        if key in self._standing or key in self._closing or key in self.held:
            self._barred.add(key)
        else:
            self._barred.discard(key)

    def _refusal(self, key: str) -> Stopped:
        for stop in self._standing.get(key, ()):
            return Stopped(f"{key} is stopped by {stop}", stop)
        if key in self._closing:
            return Stopped(f"{key} is being stopped")
        return Stopped(f"{key} is held: the outcome of a change to it is not known")
