"""Signed JWTs in compact form (RFC 7515, RFC 7519, RFC 8725): parsed strictly, then verified.

What was only parsed is an UnverifiedJWT, and says no more than is needed to find its key. `verify`
alone makes SignedClaims, under an allow-list of algorithms that the caller always gives; it checks
no times and no audience, see `claims`. `none` and HS* cannot even be parsed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.jose.algorithms import ALGORITHMS, is_signed_by
from remit.jose.claims import SignedClaims
from remit.jose.encoding import decode_base64url, encode_base64url
from remit.jose.errors import InvalidSignature, MalformedJWT
from remit.jose.jwk import MAX_KID_LENGTH
from remit.jose.keys import KeySet, PublicKey, SigningKey
from remit.kernel.canonical import Json, canonicalize, parse_strict_object
from remit.kernel.errors import Malformed

MAX_JWT_BYTES = 16 * 1024
MAX_HEADER_BYTES = 8 * 1024
MAX_TYP_LENGTH = 128
# JWTs are small and flat; nested `act` chains are the deepest part.
MAX_CLAIMS_DEPTH = 32

# `crit` and `b64` would change what is signed (RFC 7515 4.1.11, RFC 7797); the others make a JWE.
_REFUSED_MEMBERS = frozenset({"crit", "b64", "enc", "zip"})


@dataclass(frozen=True, slots=True)
class JOSEHeader:
    """The members of a header that mean anything to us; nothing else in it is ever followed."""

    alg: str
    kid: str | None
    typ: str | None
    jwk: Mapping[str, Json] | None = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class UnverifiedJWT:
    """A well-formed compact JWS that nobody has verified yet."""

    header: JOSEHeader
    _signed: bytes = field(repr=False)
    _signature: bytes = field(repr=False)
    _claims: Mapping[str, Json] = field(repr=False)

    @property
    def unverified_issuer(self) -> str | None:
        """Who the claims say has signed: fit to choose whose keys to try, and for nothing else."""
        return self._find_text("iss")

    @property
    def unverified_subject(self) -> str | None:
        """Whom the claims are said to be about: fit to find a client's keys, and nothing else."""
        return self._find_text("sub")

    def signed_by(self, key: PublicKey, algorithms: frozenset[str]) -> SignedClaims:
        """The claims, which this key has signed with one of these algorithms."""
        algorithm = self.header.alg
        if algorithm not in algorithms:
            raise InvalidSignature(f"algorithm {algorithm} is not allowed here")
        # RFC 8725 section 3.1: a key is used with its kind's algorithms, whatever a header says.
        if algorithm not in key.algorithms:
            raise InvalidSignature(f"algorithm {algorithm} is not this key's")
        if not is_signed_by(algorithm, key.native, self._signed, self._signature):
            raise InvalidSignature(f"signature is not that of key {key.jkt}")
        return SignedClaims(self._claims)

    def _find_text(self, name: str) -> str | None:
        value = self._claims.get(name)
        return value if isinstance(value, str) else None


def sign_jwt(
    claims: Mapping[str, Json], *, typ: str, key: SigningKey, embed_jwk: bool = False
) -> str:
    """The compact JWT of these claims; `embed_jwk` puts the key itself in the header (DPoP)."""
    named: Mapping[str, Json] = {"jwk": key.public.members} if embed_jwk else {"kid": key.kid}
    header = canonicalize({"alg": key.algorithm, "typ": typ, **named})
    signed = f"{encode_base64url(header)}.{encode_base64url(canonicalize(claims))}"
    return f"{signed}.{encode_base64url(key.sign(signed.encode()))}"


def parse_unverified(compact: str, max_bytes: int = MAX_JWT_BYTES) -> UnverifiedJWT:
    """The parts of a compact JWS whose payload is a JSON object; MalformedJWT otherwise."""
    if len(compact) > max_bytes or not compact.isascii():
        raise MalformedJWT(f"JWT of {len(compact)} characters, or not of ASCII")
    signed, _, signature = compact.rpartition(".")
    header, dot, payload = signed.partition(".")
    if not dot or not signature:
        raise MalformedJWT("JWT without three parts")
    try:
        return UnverifiedJWT(
            _parse_header(header),
            signed.encode(),
            decode_base64url(signature),
            parse_strict_object(decode_base64url(payload), max_depth=MAX_CLAIMS_DEPTH),
        )
    except Malformed as malformed:
        raise MalformedJWT(f"JWT: {malformed.detail}") from None


def require_typ(unverified: UnverifiedJWT, typ: str) -> UnverifiedJWT:
    """The same JWT, which says that it is of this type (RFC 8725 section 3.11)."""
    stated = (unverified.header.typ or "").lower()
    # RFC 7515 section 4.1.9: media types compare without case, and `application/` may be left out.
    if stated.removeprefix("application/") != typ.lower():
        raise MalformedJWT(f"JWT of type {unverified.header.typ!r} where {typ!r} is asked for")
    return unverified


def verify(
    unverified: UnverifiedJWT, keys: KeySet | PublicKey, algorithms: frozenset[str]
) -> SignedClaims:
    """The claims, which one of these keys has signed with one of these algorithms.

    Raises InvalidSignature; UnknownKey where a set has no such key, or no single one.
    """
    header = unverified.header
    key = keys.load(header.kid, header.alg) if isinstance(keys, KeySet) else keys
    return unverified.signed_by(key, algorithms)


def _parse_header(encoded: str) -> JOSEHeader:
    members = parse_strict_object(
        decode_base64url(encoded), max_bytes=MAX_HEADER_BYTES, max_depth=MAX_CLAIMS_DEPTH
    )
    if not _REFUSED_MEMBERS.isdisjoint(members):
        raise MalformedJWT("JWT header with crit, b64, enc or zip")
    alg = members.get("alg")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise MalformedJWT("JWT of an algorithm that is not accepted")
    jwk = members.get("jwk")
    if jwk is not None and not isinstance(jwk, dict):
        raise MalformedJWT("JWT header whose jwk is no object")
    return JOSEHeader(
        alg,
        _find_header_text(members, "kid", MAX_KID_LENGTH),
        _find_header_text(members, "typ", MAX_TYP_LENGTH),
        jwk,
    )


def _find_header_text(members: Mapping[str, Json], name: str, max_length: int) -> str | None:
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, str) or not 0 < len(value) <= max_length:
        raise MalformedJWT(f"JWT header whose {name} is not a short text")
    return value
