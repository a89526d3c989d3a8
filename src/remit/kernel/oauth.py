"""The OAuth error codes that Remit answers with, one class a code.

RFC 6749 section 5.2, RFC 6750 section 3.1, RFC 8707 section 2, RFC 9449 sections 5 and 7.
"""

from remit.kernel.errors import RemitError


class OAuthError(RemitError):
    """An error in the shape of RFC 6749 section 5.2."""

    status = 400
    error = "invalid_request"
    description = "The request is malformed."


class InvalidRequest(OAuthError):
    """A parameter is missing, doubled, unknown where that matters, or malformed."""


class InvalidClient(OAuthError):
    """The client did not prove who it is."""

    status = 401
    error = "invalid_client"
    description = "Client authentication failed."


class InvalidGrant(OAuthError):
    """The assertion is not one that this server accepts; why is in the audit log only."""

    error = "invalid_grant"
    description = "The grant is not acceptable."


class UnauthorizedClient(OAuthError):
    """The client is known but may not do this."""

    error = "unauthorized_client"
    description = "The client may not use this grant."


class UnsupportedGrantType(OAuthError):
    """A grant type that this server does not offer."""

    error = "unsupported_grant_type"
    description = "The grant type is not supported."


class InvalidScope(OAuthError):
    """The scope is unknown, or nothing of it is left within the remit."""

    error = "invalid_scope"
    description = "The requested scope exceeds what may be granted."


class InvalidTarget(OAuthError):
    """RFC 8707: the resource is unknown, or not covered by the remit."""

    error = "invalid_target"
    description = "The requested resource is not available under this remit."


class InvalidDPoPProof(OAuthError):
    """RFC 9449: the proof is missing, malformed, replayed, or for something else."""

    error = "invalid_dpop_proof"
    description = "The DPoP proof is not acceptable."


class UseDPoPNonce(OAuthError):
    """RFC 9449 section 8: the proof must carry a nonce that this server supplied."""

    error = "use_dpop_nonce"
    description = "The DPoP proof must carry the nonce supplied in DPoP-Nonce."


class InvalidToken(OAuthError):
    """RFC 6750: expired, revoked, malformed, for another audience, or bound to another key."""

    status = 401
    error = "invalid_token"
    description = "The access token is not acceptable."


class InsufficientScope(OAuthError):
    """RFC 6750: the token is good, but does not reach this far."""

    status = 403
    error = "insufficient_scope"
    description = "The request needs more than this token grants."
