"""Trust issuers and identity bindings as documents."""

from types import MappingProxyType
from typing import Literal

from remit.audit.journal import Document
from remit.identity.documents.body import Body, decode_body, encode_body
from remit.identity.trust import IdentityBinding, JTIPolicy, TrustIssuer
from remit.kernel.errors import Malformed
from remit.kernel.ids import AgentId, BindingId, TrustIssuerId

TRUST_ISSUER = "trust_issuer"
IDENTITY_BINDING = "identity_binding"


class _IssuerBody(Body):
    v: Literal[1]
    issuer: str
    inline_jwks: str | None
    algorithms: tuple[str, ...]
    jti_policy: JTIPolicy
    max_lifetime_seconds: int
    leeway_seconds: int
    ca_file: str | None
    allow_private: bool
    retired: bool


class _BindingBody(Body):
    v: Literal[1]
    issuer: TrustIssuerId
    agent: AgentId
    claims: dict[str, str]
    retired: bool


def encode_issuer(issuer: TrustIssuer) -> Document:
    body = _IssuerBody(
        v=1,
        issuer=issuer.issuer,
        inline_jwks=None if issuer.inline_jwks is None else issuer.inline_jwks.decode(),
        algorithms=tuple(sorted(issuer.algorithms)),
        jti_policy=issuer.jti_policy,
        max_lifetime_seconds=issuer.max_lifetime_seconds,
        leeway_seconds=issuer.leeway_seconds,
        ca_file=issuer.ca_file,
        allow_private=issuer.allow_private,
        retired=issuer.retired,
    )
    return Document(
        issuer.tenant, TRUST_ISSUER, issuer.id, issuer.name, issuer.revision, encode_body(body)
    )


def decode_issuer(document: Document) -> TrustIssuer:
    """The issuer of a document; raises Malformed."""
    body = decode_body(document, _IssuerBody)
    return TrustIssuer(
        tenant=document.tenant,
        id=TrustIssuerId(document.id),
        name=document.name,
        issuer=body.issuer,
        inline_jwks=None if body.inline_jwks is None else body.inline_jwks.encode(),
        algorithms=frozenset(body.algorithms),
        jti_policy=body.jti_policy,
        max_lifetime_seconds=body.max_lifetime_seconds,
        leeway_seconds=body.leeway_seconds,
        ca_file=body.ca_file,
        allow_private=body.allow_private,
        retired=body.retired,
        revision=document.revision,
    )


def encode_binding(binding: IdentityBinding) -> Document:
    body = _BindingBody(
        v=1,
        issuer=binding.issuer,
        agent=binding.agent,
        claims=dict(binding.claims),
        retired=binding.retired,
    )
    return Document(
        binding.tenant,
        IDENTITY_BINDING,
        binding.id,
        binding.name,
        binding.revision,
        encode_body(body),
    )


def decode_binding(document: Document) -> IdentityBinding:
    """The binding of a document; raises Malformed, above all where it would match everybody."""
    body = decode_body(document, _BindingBody)
    if not body.claims:
        raise Malformed(f"identity binding {document.id} demands no claim")
    return IdentityBinding(
        tenant=document.tenant,
        id=BindingId(document.id),
        name=document.name,
        issuer=body.issuer,
        agent=body.agent,
        claims=MappingProxyType(body.claims),
        retired=body.retired,
        revision=document.revision,
    )
