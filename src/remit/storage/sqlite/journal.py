"""The journal on SQLite: Journal and ControlState in one directory, with one writer.

A commit that was accepted goes on when its caller is cancelled; whoever must know the outcome
shields the await. All methods belong to one event loop's thread, except the loads, which read the
database.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from remit.audit.checkpoint import SignedHead, TreeHead
from remit.audit.entries import Installation
from remit.audit.journal import Change, Document, PutDocument, Receipt
from remit.audit.leaf import Draft
from remit.audit.log import Drafting
from remit.audit.records import LogOpened, Record
from remit.audit.tree import CompactRange
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, InstanceId, LogId, TenantId, draw_id
from remit.storage.sqlite.appender import (
    Appender,
    LogPlace,
    head_at,
    list_places,
    open_appender,
)
from remit.storage.sqlite.database import (
    FILE_NAME,
    DirectoryLock,
    create_file,
    open_file,
    reading,
    translated,
)
from remit.storage.sqlite.migrate import load_migrations, migrate
from remit.storage.sqlite.statements import load_statements
from remit.storage.sqlite.writer import Errand, JournalState, Limits, Unit, Writer

MAX_BODY = 4 << 20
MAX_CHANGES = 256
_UNIT_OVERHEAD = 512
_STATE = load_statements("state")
_LOG = load_statements("log")

Answer = TypeVar("Answer")


class SQLiteJournal:
    """The one writer of a directory. Made by `create_journal` and `open_journal`."""

    def __init__(
        self,
        directory: Path,
        installation: Installation,
        writer: Writer,
        drafting: Drafting,
        lock: DirectoryLock,
    ) -> None:
        self._path = directory / FILE_NAME
        self._installation = installation
        self._writer = writer
        self._drafting = drafting
        self._lock = lock
        self._is_released = False

    @property
    def log(self) -> LogId:
        """The log that is being written."""
        return self._drafting.log

    @property
    def installation(self) -> Installation:
        """Which installation this is, its incarnation, and when it was restored."""
        return self._installation

    @property
    def state(self) -> JournalState:
        """Whether records are taken, for readiness."""
        return self._writer.state

    @property
    def queued(self) -> int:
        """Units accepted and not yet committed, for metrics."""
        return self._writer.queued

    def append(self, record: Record) -> Receipt:
        """Accept a record without waiting for the disk; raises AuditUnavailable."""
        draft = self._drafting.draft(record)
        self._writer.submit(Unit(draft, (), None, _size(draft, ())))
        return Receipt(draft.event, self.log, None, False)

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        """Commit a record and its changes, durably; raises the failed change's error."""
        draft = self._drafting.draft(record, changes)
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._writer.submit(Unit(draft, changes, waiter, _size(draft, changes)))
        return Receipt(draft.event, self.log, await waiter, True)

    async def head(self) -> TreeHead:
        """The committed head of the log: all its records are on the disk."""
        return await self._ask(lambda _, appender: appender.head())

    async def head_at(self, size: int) -> TreeHead:
        """The head that the log had at a size; raises NodeMissing where it is not that long."""
        return await self._ask(lambda connection, _: head_at(connection, size))

    async def former_logs(self) -> Sequence[LogId]:
        """The logs of the incarnations before this one."""
        return await self._ask(
            lambda connection, _: [place.log for place in list_places(connection)[:-1]]
        )

    async def keep_checkpoint(self, checkpoint: SignedHead) -> None:
        """Keep a checkpoint of this log beside it."""
        head, note = checkpoint.head, checkpoint.note
        if head.log != self.log:
            raise Malformed(f"a checkpoint of {head.log}, for {self.log}")
        await self._ask(lambda _, appender: appender.keep_checkpoint(head.size, note))

    def load_documents(self, kind: str) -> Sequence[Document]:
        """All committed documents of a kind, of all tenants, in order of creation."""
        with reading(self._path) as connection:
            rows = connection.execute(_STATE["list_documents"], (kind,))
            return [Document(*row) for row in rows]

    def load_watermarks(self) -> Mapping[tuple[TenantId, str], int]:
        """Every watermark that was ever raised."""
        with reading(self._path) as connection:
            rows = connection.execute(_STATE["list_watermarks"])
            return {(tenant, target): value for tenant, target, value in rows}

    async def aclose(self) -> None:
        """Commit what was accepted, then let go of the directory."""
        await asyncio.to_thread(self._writer.close)
        self._release()

    def close(self) -> None:
        """As `aclose`, where no event loop runs."""
        self._writer.close()
        self._release()

    def _release(self) -> None:
        if not self._is_released:
            self._is_released = True
            self._lock.release()

    async def _ask(self, run: Callable[[sqlite3.Connection, Appender], Answer]) -> Answer:
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._writer.errand(Errand(run, waiter))
        return await waiter


def create_journal(
    directory: Path, clock: Clock, entropy: Entropy, limits: Limits | None = None
) -> SQLiteJournal:
    """A new installation's journal; its log begins with `log.opened`. Raises Conflict."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DirectoryLock(directory)
    try:
        connection = create_file(directory)
        migrate(connection, load_migrations())
        installation = Installation(draw_id(InstanceId, entropy), 1, None)
        place = LogPlace(1, draw_id(LogId, entropy), 1)
        record = LogOpened(tenant=ROOT_TENANT, instance=installation.instance, incarnation=1)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_LOG["insert_installation"], (installation.instance, 1, None))
        connection.execute(_LOG["insert_log"], (place.number, place.log, place.first_sequence))
        drafting = Drafting(place.log, clock, entropy)
        Appender(connection, place, CompactRange()).append([drafting.draft(record)])
        connection.execute("COMMIT")
        connection.close()
    finally:
        lock.release()
    return open_journal(directory, clock, entropy, limits)


def open_journal(
    directory: Path, clock: Clock, entropy: Entropy, limits: Limits | None = None
) -> SQLiteJournal:
    """The journal of an existing directory; missing files are refused, never made anew.

    Raises DatabaseMissing, DatabaseInUse, NotOurDatabase, SchemaUnknown or NodeMissing.
    """
    lock = DirectoryLock(directory)
    try:
        connection = open_file(directory)
        with translated(directory / FILE_NAME):
            migrate(connection, load_migrations())
            appender = open_appender(connection)
            installation = Installation(*connection.execute(_LOG["find_installation"]).fetchone())
    except BaseException:
        lock.release()
        raise
    writer = Writer(connection, appender, clock, limits or Limits())
    drafting = Drafting(appender.log, clock, entropy)
    return SQLiteJournal(directory, installation, writer, drafting, lock)


def _size(draft: Draft, changes: Sequence[Change]) -> int:
    if len(changes) > MAX_CHANGES:
        raise Malformed(f"{len(changes)} changes in one unit")
    bodies = 0
    for change in changes:
        if isinstance(change, PutDocument):
            if len(change.body) > MAX_BODY:
                raise Malformed(f"{change.kind} {change.id}: {len(change.body)} bytes")
            bodies += len(change.body)
    return draft.size + bodies + _UNIT_OVERHEAD * (1 + len(changes))
