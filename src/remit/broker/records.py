"""Audit records of story 1."""

from remit.audit.records import Record
from remit.kernel.ids import AgentId, BindingId, RemitId, TokenId, TrustIssuerId


class TokenIssued(Record, frozen=True, kw_only=True, tag="token.issued"):
    """An access token was minted: for whom, under what, bound to which key.

    It is appended before the token is signed: a crash in between leaves evidence, never a token
    that the log does not know. `jkt` is None for a token that is bound to nothing.
    """

    token: TokenId
    agent: AgentId
    client: BindingId
    issuer: TrustIssuerId
    remit: RemitId
    remit_revision: int
    resource: str
    jkt: str | None
    expires_at: int
    policies: tuple[str, ...]
    bundle: str


class TokenRefused(Record, frozen=True, kw_only=True, tag="token.refused"):
    """An agent that proved who it is was refused a token, and why."""

    agent: AgentId
    client: BindingId
    resource: str
    error: str
    reason: str
