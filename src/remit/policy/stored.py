"""Policy documents as the journal keeps them. One that is removed keeps its name for ever."""

from dataclasses import dataclass
from re import compile as pattern
from typing import Literal

import msgspec

from remit.audit.journal import Document, PutDocument
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Malformed
from remit.kernel.ids import PolicyId, TenantId
from remit.policy.engine import PolicyDocument

KIND = "policy"
_NAME = pattern(r"[a-z][a-z0-9-]{0,62}")


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    v: Literal[1]
    text: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class StoredPolicies:
    """One document of policies, in force or removed."""

    tenant: TenantId
    id: PolicyId
    name: str
    text: str
    in_force: bool
    revision: int

    @property
    def document(self) -> PolicyDocument:
        """What the compiler reads."""
        return PolicyDocument(self.name, self.text)


def verify_document_name(name: str) -> str:
    """The same name, if it can be one: policies without an @id are called by it."""
    if _NAME.fullmatch(name) is None:
        raise Malformed(f"{name[:80]!r} is not a name: a letter, then letters, digits or hyphens")
    return name


def encode_policies(policies: StoredPolicies) -> PutDocument:
    """The change that commits a document as the next revision."""
    body = _Body(v=1, text=policies.text, in_force=policies.in_force)
    return PutDocument(
        tenant=policies.tenant,
        kind=KIND,
        id=policies.id,
        name=policies.name,
        body=canonicalize(msgspec.to_builtins(body)),
        expected_revision=policies.revision,
    )


def decode_policies(document: Document) -> StoredPolicies:
    """The document that was committed; Malformed for any other shape or version."""
    try:
        body = msgspec.json.decode(document.body, type=_Body)
    except msgspec.MsgspecError as error:
        raise Malformed(f"{document.kind} {document.id}: {error}") from error
    return StoredPolicies(
        tenant=document.tenant,
        id=PolicyId(document.id),
        name=document.name,
        text=body.text,
        in_force=body.in_force,
        revision=document.revision,
    )
