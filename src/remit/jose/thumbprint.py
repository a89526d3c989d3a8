"""JWK thumbprints (RFC 7638): a name that depends on the key alone. `jkt`, and our own `kid`."""

from collections.abc import Mapping

from remit.jose.encoding import sha256_base64url
from remit.jose.errors import InvalidKey
from remit.kernel.canonical import Json, canonicalize

# RFC 7638 section 3.2, and RFC 8037 section 2 for OKP.
REQUIRED_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}


def thumbprint(jwk: Mapping[str, Json]) -> str:
    """The SHA-256 thumbprint of an asymmetric key; its private members are not looked at."""
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in REQUIRED_MEMBERS:
        raise InvalidKey("JWK of a kty that is not accepted")
    members = {name: jwk.get(name) for name in REQUIRED_MEMBERS[kty]}
    if not all(isinstance(value, str) for value in members.values()):
        raise InvalidKey(f"{kty} JWK without its required members")
    return sha256_base64url(canonicalize(members))
