"""What a leaf says of the state that changed with its record, so that the state can be audited.

Each change that alters state is one line of plain values in the leaf's `changes`; bodies and keys
stand there as digests. Replaying the lines gives the state that the store must hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from remit.audit.journal import (
    Change,
    ClaimOnce,
    CountUp,
    Document,
    PutDocument,
    RaiseWatermark,
    RequireDocument,
    RequireWatermarks,
)
from remit.kernel.canonical import Json
from remit.kernel.clock import to_millis
from remit.kernel.errors import Malformed
from remit.kernel.ids import TenantId

_Key = TypeVar("_Key", bound=tuple[str, ...])

PUT, CLAIM, RAISE, LIFT, COUNT = "put", "claim", "raise", "lift", "count"


def describe(changes: Iterable[Change]) -> Sequence[Json]:
    """The lines of these changes; preconditions alter nothing, and are left out."""
    lines: list[Json] = []
    for change in changes:
        match change:
            case PutDocument():
                lines.append(_describe_put(change))
            case ClaimOnce(tenant=tenant, space=space, key=key, until=until):
                lines.append([CLAIM, tenant, space, digest_key(key), to_millis(until)])
            case RaiseWatermark(tenant=tenant, target=target):
                lines.append([RAISE, tenant, target])
            case CountUp(tenant=tenant, counter=counter):
                lines.append([COUNT, tenant, counter])
            case RequireDocument() | RequireWatermarks():
                pass
    return lines


def describe_lift(tenant: TenantId, target: str, value: int) -> Json:
    """The line of a watermark that a restore lifts to a value."""
    return [LIFT, tenant, target, value]


def digest_key(key: str) -> str:
    """What stands for a claimed key in a leaf; raises Malformed for one that is no text."""
    try:
        return sha256(key.encode()).hexdigest()
    except UnicodeEncodeError:
        raise Malformed("a key with a lone surrogate") from None


def _describe_put(change: PutDocument) -> Json:
    document = Document(
        change.tenant,
        change.kind,
        change.id,
        change.name,
        change.expected_revision + 1,
        change.body,
    )
    return [PUT, *_identify(document)]


def _identify(document: Document) -> Sequence[str | int]:
    body = sha256(document.body).hexdigest()
    return (document.tenant, document.kind, document.id, document.name, document.revision, body)


class StateDiffers(Malformed):
    """The state is not the one that the log tells of."""


@dataclass(frozen=True, slots=True)
class HeldState:
    """The state of a store. Names map (tenant, kind, name) to an id; claims (tenant, space, digest
    of the key) to milliseconds.
    """

    documents: Sequence[Document]
    names: Mapping[tuple[str, str, str], str]
    watermarks: Mapping[tuple[str, str], int]
    counters: Mapping[tuple[str, str], int]
    claims: Mapping[tuple[str, str, str], int]


class ExpectedState:
    """The state that a log's lines add up to, and its comparison with what a store holds."""

    def __init__(self, held: HeldState, now: int) -> None:
        self._held = held
        self._now = now
        self._unseen = set(held.claims)
        self._documents: dict[tuple[str, str, str], Sequence[str | int]] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._watermarks: dict[tuple[str, str], int] = {}
        self._counters: dict[tuple[str, str], int] = {}

    def replay(self, changes: Json) -> None:
        """Take in the lines of one leaf; raises StateDiffers for what cannot have happened."""
        if not isinstance(changes, list):
            raise StateDiffers("changes that are not a list")
        for line in changes:
            self._take(line)

    def verify(self) -> HeldState:
        """The held state, if it is the one that the log tells of; raises StateDiffers."""
        held = self._held
        for document in held.documents:
            line = _identify(document)
            if self._documents.pop((document.tenant, document.kind, document.id), None) != line:
                raise StateDiffers(f"{document.kind} {document.id} is not as the log has it")
        if self._documents:
            raise StateDiffers(f"{' '.join(next(iter(self._documents)))} is missing")
        _compare("name", held.names, self._names)
        _compare("watermark", held.watermarks, self._watermarks)
        _compare("counter", held.counters, self._counters)
        if self._unseen:
            raise StateDiffers(f"a claim in {min(self._unseen)[1]} that nobody made")
        return held

    def _take(self, line: Json) -> None:
        match line:
            case ["put", str(tenant), str(kind), str(id_), str(name), int(revision), str(body)]:
                self._put(tenant, kind, id_, (name, revision, body))
            case ["claim", str(tenant), str(space), str(key), int(until)]:
                self._claim((tenant, space, key), until)
            case ["raise", str(tenant), str(target)]:
                self._watermarks[(tenant, target)] = self._watermarks.get((tenant, target), 0) + 1
            case ["lift", str(tenant), str(target), int(value)]:
                if value <= self._watermarks.get((tenant, target), 0):
                    raise StateDiffers(f"the watermark of {target} is lowered")
                self._watermarks[(tenant, target)] = value
            case ["count", str(tenant), str(counter)]:
                self._counters[(tenant, counter)] = self._counters.get((tenant, counter), 0) + 1
            case _:
                raise StateDiffers("a change of an unknown kind")

    def _put(self, tenant: str, kind: str, id_: str, put: tuple[str, int, str]) -> None:
        name, revision, body = put
        before = self._documents.get((tenant, kind, id_))
        if revision != 1 + (int(before[4]) if before else 0):
            raise StateDiffers(f"revision {revision} of {kind} {id_}")
        if self._names.setdefault((tenant, kind, name), id_) != id_:
            raise StateDiffers(f"the name {name} is given twice")
        self._documents[(tenant, kind, id_)] = (tenant, kind, id_, name, revision, body)

    def _claim(self, key: tuple[str, str, str], until: int) -> None:
        if self._held.claims.get(key) == until:
            self._unseen.discard(key)
        elif until > self._now:
            raise StateDiffers(f"a claim in {key[1]} was forgotten before its time")


def _compare(what: str, kept: Mapping[_Key, object], told: Mapping[_Key, object]) -> None:
    for key in sorted({*kept, *told}):
        if kept.get(key) != told.get(key):
            raise StateDiffers(f"the {what} {' '.join(key)} is not as the log has it")
