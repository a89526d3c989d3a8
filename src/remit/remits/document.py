"""Remits as documents: canonical JSON of a versioned shape, in which nothing is unknown."""

from types import MappingProxyType
from typing import Literal

import msgspec

from remit.audit.journal import Document
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.clock import from_millis, to_millis
from remit.kernel.errors import Malformed
from remit.kernel.ids import AgentId, RemitId, ToolServerId
from remit.remits.authority import hash_authority, write_authority
from remit.remits.book import KIND
from remit.remits.remit import AtMost, AuthorityEntry, Constraint, OneOf, Remit, RemitState


class _Strict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What every shape here is."""


class _ConstraintBody(_Strict):
    argument: str
    one_of: tuple[str | int | bool, ...] | msgspec.UnsetType = msgspec.UNSET
    at_most: int | msgspec.UnsetType = msgspec.UNSET


class _EntryBody(_Strict):
    tool_server: ToolServerId
    tools: dict[str, tuple[_ConstraintBody, ...]]
    delegation_depth: int


class _RemitBody(_Strict):
    v: Literal[1]
    agent: AgentId
    purpose: str
    authority: tuple[_EntryBody, ...]
    authority_hash: str
    not_before: int
    expires_at: int
    max_derivations: int | None
    state: RemitState


def encode_remit(remit: Remit) -> Document:
    body: dict[str, Json] = {
        "v": 1,
        "agent": remit.agent,
        "purpose": remit.purpose,
        "authority": write_authority(remit.authority),
        "authority_hash": remit.authority_hash,
        "not_before": to_millis(remit.not_before),
        "expires_at": to_millis(remit.expires_at),
        "max_derivations": remit.max_derivations,
        "state": remit.state.value,
    }
    return Document(remit.tenant, KIND, remit.id, remit.name, remit.revision, canonicalize(body))


def decode_remit(document: Document) -> Remit:
    """The remit of a document.

    Raises Malformed for a state or a constraint that is not known, and for an authority that is not
    the one its hash commits to.
    """
    body = _decode(document.body)
    authority = tuple(_read_entry(entry) for entry in body.authority)
    if hash_authority(body.agent, body.purpose, authority) != body.authority_hash:
        raise Malformed("the authority is not what authority_hash commits to")
    return Remit(
        tenant=document.tenant,
        id=RemitId(document.id),
        name=document.name,
        agent=body.agent,
        purpose=body.purpose,
        authority=authority,
        authority_hash=body.authority_hash,
        not_before=from_millis(body.not_before),
        expires_at=from_millis(body.expires_at),
        max_derivations=body.max_derivations,
        state=body.state,
        revision=document.revision,
    )


def suspend_body(body: bytes) -> bytes:
    """The body of the same remit after a restore: what was active is suspended until released.

    A backup may be older than a stop: nothing of it acts before a person has looked at it.
    """
    remit = _decode(body)
    if remit.state is not RemitState.ACTIVE:
        return body
    remit.state = RemitState.SUSPENDED
    return canonicalize(msgspec.to_builtins(remit))


def _decode(body: bytes) -> _RemitBody:
    try:
        return msgspec.json.decode(body, type=_RemitBody)
    except msgspec.MsgspecError as error:
        raise Malformed(f"not the body of a remit: {error}") from error


def _read_entry(body: _EntryBody) -> AuthorityEntry:
    tools = {
        name: tuple(_read_constraint(each) for each in constraints)
        for name, constraints in sorted(body.tools.items())
    }
    return AuthorityEntry(body.tool_server, MappingProxyType(tools), body.delegation_depth)


def _read_constraint(body: _ConstraintBody) -> Constraint:
    match body.one_of, body.at_most:
        case msgspec.UnsetType(), int(maximum):
            return AtMost(body.argument, maximum)
        case tuple(values), msgspec.UnsetType():
            return OneOf(body.argument, values)
        case _:
            raise Malformed(f"a constraint on {body.argument} that is not exactly one")
