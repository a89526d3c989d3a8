"""The journal: the one writer, and the one way in which state changes.

A unit of work is a record and the declarative changes that it reports; both are committed in one
transaction, or neither is. Changes carry their own preconditions, so that a race is decided in the
transaction and nowhere else. The journal interprets them; capabilities only state them, and never
speak SQL. Records are appended to the audit log in the order of commits, without gaps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from remit.audit.records import Record
from remit.kernel.errors import Conflict, RemitError, Unavailable
from remit.kernel.ids import EventId, LogId, TenantId


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the log hands back for an appended record: provable later, offline.

    `index` is the record's place in the log once it is committed; None while the record is only
    accepted (`durable` is False), which is enough for reads and never for writes.
    """

    event: EventId
    log: LogId
    index: int | None
    durable: bool


@dataclass(frozen=True, slots=True)
class Document:
    """One piece of control state as it is kept: a kind, an id, a name, and canonical JSON."""

    tenant: TenantId
    kind: str
    id: str
    name: str
    revision: int
    body: bytes


@dataclass(frozen=True, slots=True)
class PutDocument:
    """Create (`expected_revision` 0) or replace a document; its revision becomes expected + 1.

    Raises Conflict where the stored revision is another, or the name belongs to another id of that
    kind: names are given once, and never again, so that nobody inherits a dead agent's policies.
    """

    tenant: TenantId
    kind: str
    id: str
    name: str
    body: bytes
    expected_revision: int


@dataclass(frozen=True, slots=True)
class RequireDocument:
    """Go on only if the document still has this revision; else Conflict."""

    tenant: TenantId
    kind: str
    id: str
    revision: int


@dataclass(frozen=True, slots=True)
class ClaimOnce:
    """Claim a key (a `jti`, say) that nobody has claimed yet; else AlreadyClaimed.

    `space` keeps issuers apart. The claim is remembered until `until`, at least.
    """

    tenant: TenantId
    space: str
    key: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RaiseWatermark:
    """Add one to a target's watermark. Watermarks are never lowered."""

    tenant: TenantId
    target: str


@dataclass(frozen=True, slots=True)
class RequireWatermarks:
    """Go on only if each of these targets still has this watermark; else WatermarkMoved.

    A target that was never stopped has watermark 0.
    """

    tenant: TenantId
    watermarks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CountUp:
    """Add one to a counter, up to `limit` (None: no limit); beyond it, LimitReached."""

    tenant: TenantId
    counter: str
    limit: int | None


Change: TypeAlias = (
    PutDocument | RequireDocument | ClaimOnce | RaiseWatermark | RequireWatermarks | CountUp
)


class AlreadyClaimed(RemitError):
    """A key that may be used once was used before; `space` says which kind of key."""

    status = 400
    error = "invalid_request"

    def __init__(self, detail: str, space: str = "") -> None:
        super().__init__(detail)
        self.space = space


class WatermarkMoved(Conflict):
    """Something on the path was stopped between the check and the commit."""


class LimitReached(Conflict):
    """The counter has reached its limit."""


class AuditUnavailable(Unavailable):
    """The log cannot take records (disk, queue, shutdown): nothing that needs one may happen."""


class Journal(Protocol):
    """The one writer of the control state and the audit log."""

    @property
    def log(self) -> LogId:
        """The log that receipts of this journal name."""
        ...

    def append(self, record: Record) -> Receipt:
        """Accept a record without waiting for the disk. Raises AuditUnavailable."""
        ...

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        """Commit a record and its changes, durably (fsynced, in a group commit).

        Raises the failed change's error with nothing committed, or AuditUnavailable.
        """
        ...


class ControlState(Protocol):
    """What the journal has committed, read at start (the call path reads memory only)."""

    def load_documents(self, kind: str) -> Sequence[Document]:
        """All documents of a kind, of all tenants, in order of creation."""
        ...

    def load_watermarks(self) -> Mapping[tuple[TenantId, str], int]:
        """Every watermark that was ever raised."""
        ...
