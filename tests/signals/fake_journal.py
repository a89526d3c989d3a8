"""A journal in memory with the transactions of the port, and the faults that a disk has."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from remit.audit.journal import (
    AlreadyClaimed,
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
from remit.audit.records import Record
from remit.kernel.errors import Conflict
from remit.kernel.ids import EventId, LogId, TenantId


class FakeJournal:
    """`faults` are raised by the next commits, before or after they take; `gate` holds commits."""

    def __init__(self) -> None:
        self.log = LogId("log_fake")
        self.records: list[Record] = []
        self.documents: dict[tuple[TenantId, str, str], Document] = {}
        self.names: dict[tuple[TenantId, str, str], str] = {}
        self.watermarks: dict[tuple[TenantId, str], int] = {}
        self.counters: dict[tuple[TenantId, str], int] = {}
        self.claims: set[tuple[TenantId, str, str]] = set()
        self.faults: list[BaseException] = []
        self.faults_after: list[BaseException] = []
        self.gate: asyncio.Event | None = None
        self.commits = 0

    def append(self, record: Record) -> Receipt:
        self.records.append(record)
        return Receipt(EventId(f"evt_{len(self.records)}"), self.log, None, False)

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)
        before = self._state()
        try:
            for change in changes:
                self._apply(change)
        except BaseException:
            self.documents, self.names, self.watermarks, self.counters, self.claims = before
            raise
        self.records.append(record)
        self.commits += 1
        if self.faults_after:
            raise self.faults_after.pop(0)
        await asyncio.sleep(0)
        return Receipt(EventId(f"evt_{self.commits}"), self.log, self.commits, True)

    def load_documents(self, kind: str) -> Sequence[Document]:
        return [each for (_, of, _), each in self.documents.items() if of == kind]

    def load_watermarks(self) -> Mapping[tuple[TenantId, str], int]:
        return dict(self.watermarks)

    def types(self) -> list[str]:
        return [str(record.__struct_config__.tag) for record in self.records]

    def _state(self) -> tuple[Any, ...]:
        return (
            dict(self.documents),
            dict(self.names),
            dict(self.watermarks),
            dict(self.counters),
            set(self.claims),
        )

    def _apply(self, change: Change) -> None:
        match change:
            case PutDocument():
                self._put(change)
            case RequireDocument(tenant, kind, key, revision):
                found = self.documents.get((tenant, kind, key))
                if found is None or found.revision != revision:
                    raise Conflict(f"{kind} {key} is not at {revision}")
            case ClaimOnce(tenant, space, key):
                if (tenant, space, key) in self.claims:
                    raise AlreadyClaimed(key, space)
                self.claims.add((tenant, space, key))
            case RaiseWatermark(tenant, target):
                self.watermarks[tenant, target] = self.watermarks.get((tenant, target), 0) + 1
            case RequireWatermarks(tenant, watermarks):
                for target, seen in watermarks.items():
                    if self.watermarks.get((tenant, target), 0) != seen:
                        raise WatermarkMoved(target)
            case CountUp(tenant, counter, limit):
                count = self.counters.get((tenant, counter), 0) + 1
                if limit is not None and count > limit:
                    raise LimitReached(counter)
                self.counters[tenant, counter] = count

    def _put(self, change: PutDocument) -> None:
        key = (change.tenant, change.kind, change.id)
        name = (change.tenant, change.kind, change.name)
        if self.names.setdefault(name, change.id) != change.id:
            raise Conflict(f"{change.name} was given to another")
        found = self.documents.get(key)
        if (0 if found is None else found.revision) != change.expected_revision:
            raise Conflict(f"{change.id} is not at {change.expected_revision}")
        self.documents[key] = Document(*key, change.name, change.expected_revision + 1, change.body)
