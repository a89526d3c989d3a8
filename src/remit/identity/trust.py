"""Trust: an issuer is registered once; a binding says which of its subjects is which agent.

Registering an issuer gives nobody anything; binding a subject registers no issuer. Bindings compare
immutable claims exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.kernel.ids import AgentId, BindingId, TenantId, TrustIssuerId


class JTIPolicy(StrEnum):
    """Whether an issuer's assertions may come again (Kubernetes and SPIFFE reuse theirs)."""

    SINGLE_USE = "single_use"
    SINGLE_USE_IF_PRESENT = "single_use_if_present"
    REUSE_ALLOWED = "reuse_allowed"


@dataclass(frozen=True, slots=True)
class TrustIssuer:
    """An issuer whose signatures are believed about its own subjects.

    Exactly one of `inline_jwks` (canonical JSON) and discovery is used: with None, keys come from
    `{issuer}/.well-known/openid-configuration`. Lengths of time are in seconds.
    """

    tenant: TenantId
    id: TrustIssuerId
    name: str
    issuer: str
    inline_jwks: bytes | None
    algorithms: frozenset[str]
    jti_policy: JTIPolicy
    max_lifetime_seconds: int
    leeway_seconds: int
    ca_file: str | None
    allow_private: bool
    retired: bool
    revision: int


@dataclass(frozen=True, slots=True)
class IdentityBinding:
    """These exact claims of this issuer are this agent.

    `claims` is never empty and pins `sub` or an id.
    """

    tenant: TenantId
    id: BindingId
    name: str
    issuer: TrustIssuerId
    agent: AgentId
    claims: Mapping[str, str]
    retired: bool
    revision: int
