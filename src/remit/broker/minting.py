"""Minting: the claims of a permitted token, its record, and, last, its signature.

A token is signed only for a MintPermit and the Receipt of its record, in that order.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from remit.audit.journal import Receipt
from remit.broker.records import TokenIssued
from remit.identity.evidence import AuthenticatedAgent, Confirmation, Unbound
from remit.kernel.clock import to_millis
from remit.kernel.entropy import Entropy
from remit.kernel.errors import RemitError
from remit.kernel.ids import RemitId, TokenId, draw_id
from remit.kernel.secret import Secret
from remit.policy.permits import MintPermit
from remit.tokens.access_token import AccessTokenIssuer
from remit.tokens.claims import AccessTokenClaims


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """RFC 6749 section 5.1, and the remit that the token is under. `expires_in` is in seconds."""

    access_token: Secret[str] = field(repr=False)
    token_type: str
    expires_in: int
    resource: str
    remit: RemitId


class Minting:
    """Makes access tokens of one issuer."""

    def __init__(self, issuer: str, signer: AccessTokenIssuer, entropy: Entropy) -> None:
        self._issuer = issuer
        self._signer = signer
        self._entropy = entropy

    def prepare(
        self,
        permit: MintPermit,
        authenticated: AuthenticatedAgent,
        confirmation: Confirmation | Unbound,
    ) -> AccessTokenClaims:
        """What the token will say: no more than the permit, under the epochs of its clearance."""
        asked = permit.request
        lifetime = timedelta(seconds=asked.lifetime_seconds)
        return AccessTokenClaims(
            tenant=asked.agent.tenant,
            issuer=self._issuer,
            audience=asked.resource,
            agent=asked.agent.id,
            client=authenticated.client,
            token=draw_id(TokenId, self._entropy),
            remit=asked.remit.id,
            remit_revision=asked.remit.revision,
            authority_hash=asked.remit.authority_hash,
            epochs=permit.clearance.epochs,
            issued_at=asked.facts.at,
            expires_at=asked.facts.at + lifetime,
            jkt=confirmation.jkt if isinstance(confirmation, Confirmation) else None,
        )

    def record(
        self, claims: AccessTokenClaims, permit: MintPermit, authenticated: AuthenticatedAgent
    ) -> TokenIssued:
        """The record that must be in the log before the token exists."""
        return TokenIssued(
            tenant=claims.tenant,
            token=claims.token,
            agent=claims.agent,
            client=claims.client,
            issuer=authenticated.issuer.id,
            remit=claims.remit,
            remit_revision=claims.remit_revision,
            resource=claims.audience,
            jkt=claims.jkt,
            expires_at=to_millis(claims.expires_at),
            policies=permit.allowed.policies,
            bundle=permit.allowed.bundle,
        )

    def sign(
        self, permit: MintPermit, receipt: Receipt, claims: AccessTokenClaims
    ) -> TokenResponse:
        """The signed token, for a permit whose record is durably in the log."""
        if not receipt.durable:
            raise RemitError("a token's record must be durable before it is signed")
        return TokenResponse(
            access_token=Secret(self._signer.sign(claims)),
            token_type="Bearer" if claims.jkt is None else "DPoP",
            expires_in=permit.request.lifetime_seconds,
            resource=claims.audience,
            remit=claims.remit,
        )
