"""TokenRequest: what is asked of the token endpoint, parsed, and not yet believed."""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.broker.grants import jwt_bearer
from remit.kernel.oauth import InvalidRequest, InvalidTarget, UnsupportedGrantType

# RFC 6749 section 2.3.1, RFC 7521 section 4.2.
_CLIENT_AUTHENTICATION = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


@dataclass(frozen=True, slots=True)
class IncomingTokenRequest:
    """The request as the transport hands it over; header values in order, none merged."""

    content_types: tuple[str, ...]
    proofs: tuple[str, ...]
    authorizations: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request for one access token.

    `resource` is the audience that is asked for (RFC 8707), `remit` the id or name of the remit to
    act under (None: exactly one must cover the resource), `client` the binding that the caller
    names itself by (None: exactly one must match the assertion).
    """

    grant: jwt_bearer.WorkloadGrant
    resource: str
    remit: str | None
    client: str | None


def parse_token_request(form: Mapping[str, str], authorizations: tuple[str, ...]) -> TokenRequest:
    """The request that a form makes; unknown parameters are ignored (RFC 6749 section 3.2).

    A client that authenticates is refused rather than not listened to, in whichever way it does:
    the metadata offers `none`.
    """
    grant_type = form.get("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant_type is missing")
    if grant_type != jwt_bearer.GRANT_TYPE:
        raise UnsupportedGrantType(f"grant type {grant_type[:80]!r}")
    if authorizations or not _CLIENT_AUTHENTICATION.isdisjoint(form):
        raise InvalidRequest("this grant takes no client authentication")
    if "resource" not in form:
        raise InvalidTarget("resource is missing: every token has exactly one audience")
    return TokenRequest(
        grant=jwt_bearer.parse(form),
        resource=form["resource"],
        remit=form.get("remit"),
        client=form.get("client_id"),
    )
