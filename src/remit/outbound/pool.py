"""Which connections are open, which are free, and how many there may be.

A free connection is given only to the destination and partition that it was made for: a partition
names one principal under one grant, so that nothing an upstream ties to a connection crosses over.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from remit.outbound.connection import Connection
from remit.outbound.destination import Destination
from remit.outbound.errors import DoorBusy

Key = tuple[Destination, str]


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many connections there may be, how many may wait for one, and how long one may idle."""

    per_destination: int = 64
    in_all: int = 512
    waiting: int = 1024
    idle_in: float = 30.0


class Pool:
    """Book-keeping only: the door opens connections, the pool says whether it may."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        # Insertion order is age, so the first key is the one that has been free the longest.
        self._free: dict[Key, list[Connection]] = {}
        self._open: dict[Destination, int] = {}
        self._open_in_all = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._all: set[Connection] = set()

    def take(self, key: Key) -> Connection | None:
        """A free connection of that key that nothing is known against, the latest used first."""
        free = self._free.get(key)
        while free:
            connection = free.pop()
            if not free:
                del self._free[key]
            if connection.is_usable():
                return connection
            connection.abort()
        return None

    def give(self, key: Key, connection: Connection) -> None:
        """Make a connection free, and wake who waits for one."""
        self._free.setdefault(key, []).append(connection)
        self._wake_one()

    def reserve(self, destination: Destination) -> bool:
        """Count one more connection, closing a free one of another partition if that makes room."""
        if self._open.get(destination, 0) >= self._capacity.per_destination:
            self._drop_free(destination)
        if self._open_in_all >= self._capacity.in_all:
            self._drop_free(None)
        if (
            self._open.get(destination, 0) >= self._capacity.per_destination
            or self._open_in_all >= self._capacity.in_all
        ):
            return False
        self._open[destination] = self._open.get(destination, 0) + 1
        self._open_in_all += 1
        return True

    def cancel(self, destination: Destination) -> None:
        """Take back one `reserve`: the connection is closed, or was never made."""
        left = self._open[destination] - 1
        if left:
            self._open[destination] = left
        else:
            del self._open[destination]
        self._open_in_all -= 1
        self._wake_one()

    def opened(self, connection: Connection) -> None:
        """Know the connection, for `close`."""
        self._all.add(connection)

    def closed(self, key: Key, connection: Connection) -> None:
        """Forget a connection that is no longer open."""
        if connection not in self._all:
            return
        self._all.discard(connection)
        free = self._free.get(key)
        if free is not None and connection in free:
            free.remove(connection)
            if not free:
                del self._free[key]
        self.cancel(key[0])

    async def wait(self) -> None:
        """Until something may have changed. The caller sets the time limit, and tries again."""
        if len(self._waiting) >= self._capacity.waiting:
            raise DoorBusy("too many requests wait for a connection")
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                self._wake_one()  # it was woken and is leaving: the turn goes to the next
            raise

    def reap(self, now: float) -> None:
        """Close what has been free for too long."""
        for connections in list(self._free.values()):
            for connection in list(connections):
                if now - connection.idle_since >= self._capacity.idle_in:
                    connection.abort()

    def close(self) -> None:
        """Close everything, in use or not."""
        for connection in list(self._all):
            connection.abort()

    @property
    def open_in_all(self) -> int:
        """Connections open or being opened."""
        return self._open_in_all

    @property
    def is_idle(self) -> bool:
        """Whether no connection is free, so that there is nothing to reap."""
        return not self._free

    def _drop_free(self, destination: Destination | None) -> None:
        for key, connections in self._free.items():
            if destination is None or key[0] == destination:
                connections[0].abort()  # tells `closed`, which changes the table: stop here
                return

    def _wake_one(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
