"""The claims of a Remit access token (RFC 9068), and what verifying one proves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remit.kernel.ids import AgentId, BindingId, RemitId, TenantId, TokenId


@dataclass(frozen=True, slots=True)
class AccessTokenClaims:
    """What an access token says. `epochs` maps target keys to the watermarks at minting.

    On the wire: iss, sub (agent), client_id (binding), aud, iat, exp, jti, remit, remit_revision,
    authority_hash, epochs, tenant, and `cnf.jkt` unless the token is unbound.
    """

    tenant: TenantId
    issuer: str
    audience: str
    agent: AgentId
    client: BindingId
    token: TokenId
    remit: RemitId
    remit_revision: int
    authority_hash: str
    epochs: Mapping[str, int]
    issued_at: datetime
    expires_at: datetime
    jkt: str | None


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """The evidence that we signed a token, and for whom; audience and time are checked per call.

    `fingerprint` is the SHA-256 of the compact form (what a DPoP proof's `ath` is compared with, as
    base64url), so that the token itself need not be kept.
    """

    claims: AccessTokenClaims
    fingerprint: str
