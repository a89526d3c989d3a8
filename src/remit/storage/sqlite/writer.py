"""The writer: one thread that owns the connection, and commits what has queued in groups.

While one group is fsynced the next one gathers; nobody waits when the disk is idle. What is only
accepted, and waited for by nobody, gathers for some milliseconds longer. Each unit
stands in a savepoint of its own, so that one that is refused leaves nothing and spoils nothing.
When a commit itself fails, nothing is known of the disk any more: everybody waiting is refused, and
so is everybody after, until a restart.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, TypeAlias

from remit.audit.journal import AuditUnavailable, Change, ClaimOnce
from remit.audit.leaf import Draft
from remit.kernel.clock import Clock, to_millis
from remit.kernel.errors import Malformed, RemitError
from remit.storage.sqlite.appender import Appender
from remit.storage.sqlite.changes import apply_changes
from remit.storage.sqlite.statements import load_statements

_SQL = load_statements("state")
_LOG = logging.getLogger(__name__)
MAX_GROUP = 512
# The write-ahead log is written back when idle beyond the first size, at once beyond the second.
_IDLE_PAGES = 1000
_MOST_PAGES = 8000
_PURGE_SECONDS = 1.0
# How long records that nobody waits for may gather. Waking for each of them would cost the event
# loop its interpreter at every turn: more than writing them does.
_LINGER_SECONDS = 0.005
_PURGE_LEAST = 64


class JournalState(StrEnum):
    """Whether the journal takes records; only `open` does."""

    OPEN = "open"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may queue; beyond it units are refused with AuditUnavailable."""

    units: int = 16_384
    bytes: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Unit:
    """A record with its changes, and who waits for it (nobody, where it was only accepted)."""

    draft: Draft
    changes: Sequence[Change]
    waiter: "asyncio.Future[int] | None"
    size: int


@dataclass(frozen=True, slots=True)
class Errand:
    """Something that the writer does between two groups, in a transaction of its own."""

    run: Callable[[sqlite3.Connection, Appender], Any]
    waiter: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Stop:
    """The end of the queue."""


_Order: TypeAlias = Unit | Errand | _Stop
_Outcome: TypeAlias = tuple["asyncio.Future[Any]", Any]


@dataclass(slots=True)
class _Load:
    """What has come in or gone out; each instance is counted up by one thread alone."""

    units: int = 0
    bytes: int = field(default=0)


class Writer:
    """Runs the thread. `submit` and `errand` are called by one event loop's thread."""

    def __init__(
        self, connection: sqlite3.Connection, appender: Appender, clock: Clock, limits: Limits
    ) -> None:
        self._connection = connection
        self._appender = appender
        self._clock = clock
        self._limits = limits
        self._queue: SimpleQueue[_Order] = SimpleQueue()
        self._entry = Lock()
        self._hurry = Event()
        self._in = _Load()
        self._out = _Load()
        self._claims = 0
        self._purged_at = clock.monotonic()
        self._pages = 0
        self.state = JournalState.OPEN
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    @property
    def queued(self) -> int:
        """Units accepted and not yet committed."""
        return self._in.units - self._out.units

    def submit(self, unit: Unit) -> None:
        """Queue a unit; raises AuditUnavailable where the queue is full or the journal not open."""
        full = self.queued >= self._limits.units or (
            self._in.bytes - self._out.bytes + unit.size > self._limits.bytes
        )
        if full:
            raise AuditUnavailable("the journal's queue is full")
        self._put(unit)
        self._in.units += 1
        self._in.bytes += unit.size

    def errand(self, errand: Errand) -> None:
        """Queue an errand; raises AuditUnavailable where the journal is not open."""
        self._put(errand)

    def close(self) -> None:
        """Take no more, commit what has queued, and end the thread."""
        with self._entry:
            if self.state is JournalState.OPEN:
                self.state = JournalState.CLOSED
                self._queue.put(_Stop())
                self._hurry.set()
        self._thread.join()

    def _put(self, order: _Order) -> None:
        # With the lock, nothing is queued behind the last look that `_fail` takes at the queue.
        with self._entry:
            if self.state is not JournalState.OPEN:
                raise AuditUnavailable(f"the journal is {self.state}")
            self._queue.put(order)
        if not (isinstance(order, Unit) and order.waiter is None):
            self._hurry.set()

    def _run(self) -> None:
        group: list[_Order] = []
        try:
            while not any(isinstance(order, _Stop) for order in group):
                group = self._gather()
                self._serve(group)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException as failure:
            # Whatever it was: this thread is the only writer, and silence would hang its callers.
            _LOG.critical("the journal has failed: %r", failure)
            self._fail(group, failure)
        finally:
            self._connection.close()

    def _gather(self) -> list[_Order]:
        # What is only accepted gathers while this waits; whoever waits for a commit ends it.
        self._hurry.wait(_LINGER_SECONDS)
        # Cleared before looking: what comes after the look has set it again.
        self._hurry.clear()
        group: list[_Order] = []
        self._take(group)
        if not group:
            if self._pages > _IDLE_PAGES:
                self._write_back()
            group.append(self._queue.get())
            if isinstance(group[0], Unit) and group[0].waiter is None:
                self._hurry.wait(_LINGER_SECONDS)
            self._take(group)
        return group

    def _take(self, group: list[_Order]) -> None:
        """Move what has queued into the group, up to its bound or the first that is no unit."""
        with suppress(Empty):
            while len(group) < MAX_GROUP and not (group and not isinstance(group[-1], Unit)):
                group.append(self._queue.get_nowait())
            # More may have queued behind the bound: the next look is not to wait for it.
            self._hurry.set()

    def _serve(self, group: Sequence[_Order]) -> None:
        units = [order for order in group if isinstance(order, Unit)]
        if units:
            self._finish(units, self._commit(units))
        for order in group:
            if isinstance(order, Errand):
                self._do(order)
        if self._pages > _MOST_PAGES:
            self._write_back()

    def _commit(self, units: Sequence[Unit]) -> Sequence[_Outcome]:
        outcomes: list[_Outcome] = []
        drafts = []
        index = self._appender.size
        self._connection.execute("BEGIN IMMEDIATE")
        for unit in units:
            refusal = self._apply(unit) if unit.changes else None
            if unit.waiter is not None:
                outcomes.append((unit.waiter, refusal or index))
            if refusal is None:
                drafts.append(unit.draft)
                index += 1
        self._purge()
        self._appender.append(drafts)
        self._connection.execute("COMMIT")
        return outcomes

    def _apply(self, unit: Unit) -> RemitError | None:
        self._connection.execute("SAVEPOINT unit")
        try:
            apply_changes(self._connection, unit.changes)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, UnicodeError) as error:
            refusal: RemitError = Malformed(f"a change that cannot be stored: {error}")
        except RemitError as error:
            refusal = error
        else:
            self._connection.execute("RELEASE unit")
            self._claims += sum(isinstance(change, ClaimOnce) for change in unit.changes)
            return None
        self._connection.execute("ROLLBACK TO unit")
        self._connection.execute("RELEASE unit")
        return refusal

    def _purge(self) -> None:
        """Forget claims whose time has passed: as many as came, twice, so that it keeps up."""
        now = self._clock.monotonic()
        if now - self._purged_at < _PURGE_SECONDS:
            return
        limit = _PURGE_LEAST + 2 * self._claims
        self._connection.execute(_SQL["purge_claims"], (to_millis(self._clock.now()), limit))
        self._purged_at, self._claims = now, 0

    def _finish(self, units: Sequence[Unit], outcomes: Sequence[_Outcome]) -> None:
        self._out.units += len(units)
        self._out.bytes += sum(unit.size for unit in units)
        # Pages of the write-ahead log, as a guess from above.
        self._pages += 4 + sum(unit.size for unit in units) // 1024
        _release(outcomes)

    def _do(self, errand: Errand) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = errand.run(self._connection, self._appender)
        except RemitError as refusal:
            self._connection.execute("ROLLBACK")
            result = refusal
        else:
            self._connection.execute("COMMIT")
        self._pages += 4
        _release([(errand.waiter, result)])

    def _write_back(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._pages = 0

    def _fail(self, group: Sequence[_Order], failure: BaseException) -> None:
        with self._entry:
            self.state = JournalState.FAILED
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        orders = list(group)
        with suppress(Empty):
            while True:
                orders.append(self._queue.get_nowait())
        waiters = [order.waiter for order in orders if not isinstance(order, _Stop)]
        refusal = AuditUnavailable(f"the journal has failed: {failure!r}")
        _release([(waiter, refusal) for waiter in waiters if waiter is not None])


def _release(outcomes: Sequence[_Outcome]) -> None:
    """Answer the waiters, with one wake-up of each event loop (of which there is one)."""
    loops = {waiter.get_loop() for waiter, _ in outcomes}
    for loop in loops:
        own = [outcome for outcome in outcomes if outcome[0].get_loop() is loop]
        # A loop that is closed has nobody waiting any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_answer, own)


def _answer(outcomes: Sequence[_Outcome]) -> None:
    for waiter, outcome in outcomes:
        if waiter.done():
            continue
        if isinstance(outcome, BaseException):
            waiter.set_exception(outcome)
        else:
            waiter.set_result(outcome)
