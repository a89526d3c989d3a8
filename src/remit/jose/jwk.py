"""What a JWK must be before it is used: public, asymmetric, strong, its numbers in one spelling.

RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2. Names of keys (`kid`), certificates and
unknown members are left alone; private members are refused, not stripped.
"""

from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from remit.jose.algorithms import ED25519, EDDSA, NativeKey, algorithms_for
from remit.jose.encoding import decode_base64url
from remit.jose.errors import InvalidKey
from remit.jose.thumbprint import REQUIRED_MEMBERS
from remit.kernel.canonical import Json
from remit.kernel.errors import Malformed

MAX_KID_LENGTH = 256
MIN_RSA_BITS = 2048
# Verifying costs the verifier: a huge modulus or exponent is somebody else's bill on us.
MAX_RSA_BITS = 8192
MIN_RSA_EXPONENT = 65537
MAX_RSA_EXPONENT = 2**32 - 1

# RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1: what carries one of these is not a public key.
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# `jwt-svid` is how SPIFFE bundles say `sig` (SPIFFE Trust Domain and Bundle, section 4.2.2).
_USES = ("sig", "jwt-svid")
_COORDINATE_BYTES = {"P-256": 32, "P-384": 48, "Ed25519": 32}


def has_private_members(jwk: Mapping[str, Json]) -> bool:
    """Whether this is more than a public key."""
    return not PRIVATE_MEMBERS.isdisjoint(jwk)


def check_members(jwk: Mapping[str, Json]) -> Mapping[str, str]:
    """The members that make the key what it is (those of its thumbprint), checked."""
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in REQUIRED_MEMBERS:
        raise InvalidKey("JWK of a kty that is not accepted")
    members = {name: _text_member(jwk, name) for name in REQUIRED_MEMBERS[kty]}
    if kty == "RSA":
        _check_rsa(members)
    else:
        _check_curve(members)
    return members


def check_algorithms(jwk: Mapping[str, Json], members: Mapping[str, str]) -> frozenset[str]:
    """The algorithms that the key may verify: its kind's, narrowed by `alg`; `use` must fit."""
    algorithms = algorithms_for(members["kty"], members.get("crv"))
    declared = jwk.get("alg")
    if declared in (ED25519, EDDSA):
        algorithms &= {ED25519, EDDSA}
    elif isinstance(declared, str):
        algorithms &= {declared}
    elif declared is not None:
        raise InvalidKey("JWK whose alg is no text")
    if not algorithms:
        raise InvalidKey("JWK of a curve or for an algorithm that is not accepted")
    operations = jwk.get("key_ops", ("verify",))
    if jwk.get("use", "sig") not in _USES:
        raise InvalidKey("JWK that is not for signatures")
    if not isinstance(operations, (list, tuple)) or "verify" not in operations:
        raise InvalidKey("JWK that is not for verifying")
    return algorithms


def find_kid(jwk: Mapping[str, Json]) -> str | None:
    """What the key's owner calls it, if anything."""
    kid = jwk.get("kid")
    if kid is None:
        return None
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID_LENGTH:
        raise InvalidKey("JWK whose kid is not a short text")
    return kid


def load_native(members: Mapping[str, str]) -> NativeKey:
    """The key of checked members; InvalidKey also for a point that is not on its curve."""
    try:
        match members["kty"]:
            case "EC":
                return ECKey.import_key(dict(members))
            case "OKP":
                return OKPKey.import_key(dict(members))
            case _:
                return RSAKey.import_key(dict(members))
    except (JoseError, ValueError, UnsupportedAlgorithm):
        raise InvalidKey("JWK whose numbers are no key") from None


def _check_rsa(members: Mapping[str, str]) -> None:
    modulus, exponent = _number(members, "n"), _number(members, "e")
    if not MIN_RSA_BITS <= modulus.bit_length() <= MAX_RSA_BITS:
        raise InvalidKey(f"RSA key of {modulus.bit_length()} bits")
    if exponent % 2 == 0 or not MIN_RSA_EXPONENT <= exponent <= MAX_RSA_EXPONENT:
        raise InvalidKey("RSA key with an exponent that is even, small or huge")


def _check_curve(members: Mapping[str, str]) -> None:
    if not algorithms_for(members["kty"], members["crv"]):
        raise InvalidKey("JWK of a curve that is not accepted")
    size = _COORDINATE_BYTES[members["crv"]]
    if any(len(_octets(members, name)) != size for name in ("x", "y") if name in members):
        raise InvalidKey("JWK with a coordinate of the wrong length")


def _text_member(jwk: Mapping[str, Json], name: str) -> str:
    value = jwk.get(name)
    # A number of RSA keys is the longest; base64url has four characters for three octets.
    if not isinstance(value, str) or len(value) > MAX_RSA_BITS // 6 + 4:
        raise InvalidKey(f"JWK whose {name} is not a short text")
    return value


def _octets(members: Mapping[str, str], name: str) -> bytes:
    try:
        return decode_base64url(members[name])
    except Malformed:
        raise InvalidKey(f"JWK whose {name} is not base64url") from None


def _number(members: Mapping[str, str], name: str) -> int:
    octets = _octets(members, name)
    # RFC 7518 section 2, Base64urlUInt: the minimum number of octets.
    if octets[:1] in (b"", b"\0"):
        raise InvalidKey(f"JWK whose {name} is empty or padded")
    return int.from_bytes(octets, "big")
