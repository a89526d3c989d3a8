"""A stop: one row that says what is stopped, by whom and why, and when it was lifted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from remit.audit.journal import Document
from remit.kernel.canonical import canonicalize
from remit.kernel.clock import from_millis, to_millis
from remit.kernel.errors import Malformed
from remit.kernel.ids import PREFIXES, AgentId, HumanId, RemitId, StopId, ToolServerId
from remit.signals.targets import Target, TargetKind

KIND = "stop"

_PREFIX_OF = {
    TargetKind.AGENT: PREFIXES[AgentId],
    TargetKind.REMIT: PREFIXES[RemitId],
    TargetKind.TOOL_SERVER: PREFIXES[ToolServerId],
    TargetKind.EVERYTHING: "",
}


@dataclass(frozen=True, slots=True)
class Lifting:
    """Who lifted a stop, when and why."""

    at: datetime
    by: HumanId
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop on one target; it stands until it is lifted."""

    id: StopId
    target: Target
    reason: str
    by: HumanId
    at: datetime
    lifted: Lifting | None
    revision: int


def verify_target(target: Target) -> Target:
    """A target whose id is of its kind, so that two targets never share a key."""
    prefix = _PREFIX_OF[target.kind]
    if target.kind is TargetKind.EVERYTHING:
        if target.id:
            raise Malformed("everything has no id")
    elif not target.id.startswith(prefix) or len(target.id) == len(prefix):
        raise Malformed(f"{target.id!r} is no id of kind {target.kind}")
    return target


class _LiftingBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: int
    by: HumanId
    reason: str


class _StopBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    v: Literal[1]
    kind: TargetKind
    target: str
    reason: str
    by: HumanId
    at: int
    lifted: _LiftingBody | None


def encode_stop(stop: Stop) -> bytes:
    """The canonical body of a stop's document."""
    lifted = stop.lifted
    body = _StopBody(
        v=1,
        kind=stop.target.kind,
        target=stop.target.id,
        reason=stop.reason,
        by=stop.by,
        at=to_millis(stop.at),
        lifted=None
        if lifted is None
        else _LiftingBody(at=to_millis(lifted.at), by=lifted.by, reason=lifted.reason),
    )
    return canonicalize(msgspec.to_builtins(body))


def decode_stop(document: Document) -> Stop:
    """The stop of a document; Malformed for any other shape."""
    try:
        body = msgspec.json.decode(document.body, type=_StopBody)
    except msgspec.MsgspecError as error:
        raise Malformed(f"stop {document.id}: {error}") from error
    lifted = body.lifted
    return Stop(
        id=StopId(document.id),
        target=verify_target(Target(document.tenant, body.kind, body.target)),
        reason=body.reason,
        by=body.by,
        at=from_millis(body.at),
        lifted=None
        if lifted is None
        else Lifting(from_millis(lifted.at), lifted.by, lifted.reason),
        revision=document.revision,
    )
