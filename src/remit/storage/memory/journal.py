"""The journal in memory: the same port, the same order and the same refusals, without durability.

For tests and demonstrations. Leaves and tree are real, so that what is appended can be proved.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from remit.audit.checkpoint import TreeHead
from remit.audit.journal import (
    AlreadyClaimed,
    AuditUnavailable,
    Change,
    ClaimOnce,
    CountUp,
    Document,
    LimitReached,
    PutDocument,
    RaiseWatermark,
    Receipt,
    RequireDocument,
    RequireWatermarks,
    WatermarkMoved,
)
from remit.audit.log import Drafting
from remit.audit.records import LogOpened, Record
from remit.audit.tree import CompactRange, hash_leaf
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict
from remit.kernel.ids import ROOT_TENANT, InstanceId, LogId, TenantId, draw_id


class MemoryJournal:
    """Journal and ControlState of one process; `records` are as they were given."""

    def __init__(self, clock: Clock, entropy: Entropy) -> None:
        self.instance = draw_id(InstanceId, entropy)
        self.records: list[Record] = []
        self.leaves: list[bytes] = []
        self._drafting = Drafting(draw_id(LogId, entropy), clock, entropy)
        self._tree = CompactRange()
        self._state = _State()
        self._is_failed = False
        self.append(LogOpened(tenant=ROOT_TENANT, instance=self.instance, incarnation=1))

    @property
    def log(self) -> LogId:
        """The log that is being written."""
        return self._drafting.log

    def append(self, record: Record) -> Receipt:
        """Accept a record; raises AuditUnavailable after `fail`."""
        receipt = self._append(record, ())
        return Receipt(receipt.event, receipt.log, None, False)

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        """Commit a record and its changes, or neither."""
        return self._append(record, changes)

    def fail(self) -> None:
        """Refuse everything from now on, as a journal does whose disk is full."""
        self._is_failed = True

    def head(self) -> TreeHead:
        """The head of the log."""
        return TreeHead(self.log, self._tree.size, self._tree.root())

    def load_documents(self, kind: str) -> Sequence[Document]:
        """All documents of a kind, in order of creation."""
        return [each for each in self._state.documents.values() if each.kind == kind]

    def load_watermarks(self) -> Mapping[tuple[TenantId, str], int]:
        """Every watermark that was ever raised."""
        return dict(self._state.watermarks)

    def _append(self, record: Record, changes: Sequence[Change]) -> Receipt:
        if self._is_failed:
            raise AuditUnavailable("the journal has failed")
        draft = self._drafting.draft(record, changes)
        if changes:
            state = self._state.copy()
            for change in changes:
                state.apply(change)
            self._state = state
        index = self._tree.size
        leaf = draft.leaf(index)
        self._tree.append(hash_leaf(leaf))
        self.leaves.append(leaf)
        self.records.append(record)
        return Receipt(draft.event, self.log, index, True)


class _State:
    """The control state; a unit is applied to a copy, which replaces it when all went well."""

    __slots__ = ("claims", "counters", "documents", "names", "watermarks")

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str, str], Document] = {}
        self.names: dict[tuple[str, str, str], str] = {}
        self.claims: set[tuple[str, str, str]] = set()
        self.watermarks: dict[tuple[TenantId, str], int] = {}
        self.counters: dict[tuple[str, str], int] = {}

    def copy(self) -> "_State":
        made = _State()
        made.documents = dict(self.documents)
        made.names = dict(self.names)
        made.claims = set(self.claims)
        made.watermarks = dict(self.watermarks)
        made.counters = dict(self.counters)
        return made

    def apply(self, change: Change) -> None:
        match change:
            case PutDocument():
                self._put(change)
            case RequireDocument(tenant=tenant, kind=kind, id=id_, revision=revision):
                found = self.documents.get((tenant, kind, id_))
                if found is None or found.revision != revision:
                    raise Conflict(f"{kind} {id_} is not at {revision}")
            case ClaimOnce(tenant=tenant, space=space, key=key):
                if (tenant, space, key) in self.claims:
                    raise AlreadyClaimed(f"claimed before in {space}", space)
                self.claims.add((tenant, space, key))
            case RaiseWatermark(tenant=tenant, target=target):
                self.watermarks[tenant, target] = self.watermarks.get((tenant, target), 0) + 1
            case RequireWatermarks(tenant=tenant, watermarks=watermarks):
                for target, expected in watermarks.items():
                    if self.watermarks.get((tenant, target), 0) != expected:
                        raise WatermarkMoved(f"{target} was stopped meanwhile")
            case CountUp(tenant=tenant, counter=counter, limit=limit):
                value = self.counters.get((tenant, counter), 0)
                if limit is not None and value >= limit:
                    raise LimitReached(f"{counter} has reached {limit}")
                self.counters[tenant, counter] = value + 1
            case _:
                assert_never(change)

    def _put(self, change: PutDocument) -> None:
        owner = self.names.setdefault((change.tenant, change.kind, change.name), change.id)
        if owner != change.id:
            raise Conflict(f"the {change.kind} name {change.name!r} was given to {owner}")
        key = (change.tenant, change.kind, change.id)
        before = self.documents.get(key)
        if change.expected_revision != (0 if before is None else before.revision):
            raise Conflict(f"{change.kind} {change.id} is not at {change.expected_revision}")
        revision = change.expected_revision + 1
        self.documents[key] = Document(*key, change.name, revision, change.body)
