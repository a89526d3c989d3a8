"""OpenID Connect Discovery 1.0, as far as keys need it: where an issuer says that its keys are."""

from urllib.parse import urlsplit

from remit.identity.trust import TrustIssuer
from remit.kernel.canonical import parse_strict_object
from remit.kernel.errors import Malformed
from remit.kernel.uri import is_loopback

_MAX_BYTES = 1024 * 1024
_MAX_MEMBERS = 5000
_MAX_URI_LENGTH = 2048


def discovery_url(issuer: TrustIssuer) -> str:
    """Section 4.1: a slash at the issuer's end is dropped before the well-known path is added."""
    return issuer.issuer.removesuffix("/") + "/.well-known/openid-configuration"


def parse_discovery(unverified_body: bytes, issuer: TrustIssuer) -> str:
    """The `jwks_uri` of a discovery document that is this very issuer's; else Malformed."""
    document = parse_strict_object(
        unverified_body, max_bytes=_MAX_BYTES, max_depth=16, max_members=_MAX_MEMBERS
    )
    # Section 4.3: identical, byte for byte. Another's document would bring another's keys.
    if document.get("issuer") != issuer.issuer:
        raise Malformed(f"the discovery document of {issuer.issuer} names another issuer")
    jwks_uri = document.get("jwks_uri")
    if not isinstance(jwks_uri, str) or len(jwks_uri) > _MAX_URI_LENGTH:
        raise Malformed(f"the discovery document of {issuer.issuer} has no jwks_uri")
    _check_protected(jwks_uri, issuer)
    return jwks_uri


def _check_protected(jwks_uri: str, issuer: TrustIssuer) -> None:
    # Keys that anybody on the way can replace are nobody's. Plain http never leaves the machine.
    try:
        parts = urlsplit(jwks_uri)
        host = parts.hostname or ""
    except ValueError:
        raise Malformed(f"the jwks_uri of {issuer.issuer} is no URI") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and issuer.allow_private and is_loopback(host):
        return
    raise Malformed(f"the jwks_uri of {issuer.issuer} is neither https nor on the loopback")
