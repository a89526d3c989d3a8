"""Keys for signatures: ours to sign with, others' to verify with (RFC 7517).

A PublicKey was checked before it exists (see `jwk`). A KeySet finds the one key that a header
means, and never tries several. A SigningKey is named by its thumbprint and shows nothing of itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn, final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import ECKey, OKPKey, RSAKey

from remit.jose.algorithms import (
    ED25519,
    EDDSA,
    ES256,
    ES384,
    PS256,
    RS256,
    NativeKey,
    algorithms_for,
    sign_with,
)
from remit.jose.errors import InvalidKey, UnknownKey
from remit.jose.jwk import (
    MIN_RSA_BITS,
    check_algorithms,
    check_members,
    find_kid,
    has_private_members,
    load_native,
)
from remit.jose.thumbprint import thumbprint
from remit.kernel.canonical import Json, parse_strict_object
from remit.kernel.errors import Malformed
from remit.kernel.secret import Secret

MAX_KEY_SET_BYTES = 256 * 1024
MAX_KEYS = 100

_EC_CURVES = {ES256: "P-256", ES384: "P-384"}
_EC_ALGORITHMS = {"secp256r1": ES256, "secp384r1": ES384}


@final
@dataclass(frozen=True, slots=True, eq=False)
class PublicKey:
    """A key to verify with. `kid` is what its owner calls it; `jkt` (RFC 7638) is what it is.

    `algorithms` are those it may be used with; `members` its JWK without names and uses.
    """

    kid: str | None
    jkt: str
    algorithms: frozenset[str]
    members: Mapping[str, str]
    native: NativeKey = field(repr=False)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Json]) -> "PublicKey":
        """Check and load a JWK; InvalidKey for any that is not a public key we accept."""
        if has_private_members(jwk):
            raise InvalidKey("JWK with private or symmetric members")
        members = check_members(jwk)
        algorithms = check_algorithms(jwk, members)
        return cls(find_kid(jwk), thumbprint(members), algorithms, members, load_native(members))

    def to_jwk(self) -> Mapping[str, Json]:
        """The JWK to publish; it says `alg` where only one name is meant."""
        names: dict[str, Json] = {} if self.kid is None else {"kid": self.kid}
        if len(self.algorithms) == 1:
            names["alg"] = next(iter(self.algorithms))
        return {**self.members, "use": "sig", **names}


@final
@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that an issuer signs with. Never empty, and never two keys for one name and use."""

    keys: tuple[PublicKey, ...]

    def __post_init__(self) -> None:
        if not 0 < len(self.keys) <= MAX_KEYS:
            raise InvalidKey(f"key set with {len(self.keys)} usable keys")
        named: set[tuple[str | None, str]] = set()
        for key in self.keys:
            uses = {(key.kid, algorithm) for algorithm in key.algorithms if key.kid is not None}
            if not named.isdisjoint(uses):
                raise InvalidKey("key set with two keys of one kid")
            named |= uses

    @classmethod
    def parse(cls, document: bytes | Mapping[str, Json]) -> "KeySet":
        """The usable keys of a JWK Set (RFC 7517 section 5).

        Keys of kinds or uses that we do not take are passed over, as the RFC asks; a set that
        publishes a private or symmetric key is refused whole, because its issuer is compromised.
        """
        return cls(
            tuple([key for key in map(_find_usable, _listed_keys(document)) if key is not None])
        )

    def load(self, kid: str | None, algorithm: str) -> PublicKey:
        """The one key that a header with this `kid` and `alg` means; UnknownKey otherwise.

        Without a `kid` there must be only one candidate. A key without a `kid` of its own answers
        to its thumbprint.
        """
        candidates = [
            key
            for key in self.keys
            if algorithm in key.algorithms and kid in (None, key.kid or key.jkt)
        ]
        if len(candidates) != 1:
            raise UnknownKey(f"{len(candidates)} keys for kid {kid!r} and {algorithm}")
        return candidates[0]

    def to_jwks(self) -> Mapping[str, Json]:
        """The JWK Set to publish."""
        return {"keys": [key.to_jwk() for key in self.keys]}


@final
class SigningKey:
    """A private key and the one algorithm it signs with; `kid` is its RFC 7638 thumbprint."""

    __slots__ = ("__native", "algorithm", "kid", "public")

    def __init__(self, native: NativeKey, algorithm: str) -> None:
        jwk = native.as_dict(private=False)
        members = check_members(jwk)
        if algorithm not in algorithms_for(members["kty"], members.get("crv")):
            raise InvalidKey(f"{members['kty']} key that cannot sign {algorithm}")
        self.__native = native
        self.algorithm = algorithm
        self.kid = thumbprint(members)
        self.public = PublicKey.from_jwk({**members, "kid": self.kid, "alg": algorithm})

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, algorithm={self.algorithm!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a SigningKey is not to be pickled or copied")

    @classmethod
    def generate(cls, algorithm: str = ES256) -> "SigningKey":
        """A new key, drawn by the cryptographic library itself."""
        if algorithm in _EC_CURVES:
            return cls(ECKey.generate_key(_EC_CURVES[algorithm]), algorithm)
        if algorithm in (ED25519, EDDSA):
            return cls(OKPKey.generate_key("Ed25519"), algorithm)
        if algorithm in (RS256, PS256):
            return cls(RSAKey.generate_key(MIN_RSA_BITS), algorithm)
        raise InvalidKey(f"no key for algorithm {algorithm!r}")

    @classmethod
    def from_pem(cls, pem: Secret[bytes], algorithm: str | None = None) -> "SigningKey":
        """The key of an unencrypted PKCS #8 PEM; for RSA the algorithm must be said."""
        try:
            loaded = load_pem_private_key(pem.open(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidKey("not an unencrypted PEM private key") from None
        if isinstance(loaded, EllipticCurvePrivateKey) and loaded.curve.name in _EC_ALGORITHMS:
            native = ECKey.import_key(loaded)
            return cls(native, algorithm or _EC_ALGORITHMS[loaded.curve.name])
        if isinstance(loaded, Ed25519PrivateKey):
            return cls(OKPKey.import_key(loaded), algorithm or ED25519)
        if isinstance(loaded, RSAPrivateKey) and loaded.key_size >= MIN_RSA_BITS and algorithm:
            return cls(RSAKey.import_key(loaded), algorithm)
        raise InvalidKey("private key of a kind that is not accepted")

    def to_pem(self) -> Secret[bytes]:
        """PKCS #8 PEM, unencrypted: sealing it is the caller's."""
        return Secret(self.__native.as_pem(private=True))

    def sign(self, message: bytes) -> bytes:
        """The JWS signature over these bytes."""
        return sign_with(self.algorithm, self.__native, message)


def _listed_keys(document: bytes | Mapping[str, Json]) -> Sequence[Json]:
    try:
        jwks = (
            parse_strict_object(document, max_bytes=MAX_KEY_SET_BYTES)
            if isinstance(document, bytes)
            else document
        )
    except Malformed as malformed:
        raise InvalidKey(f"key set: {malformed.detail}") from None
    listed = jwks.get("keys")
    if not isinstance(listed, (list, tuple)) or len(listed) > MAX_KEYS:
        raise InvalidKey("key set without a list of keys, or with too many")
    return listed


def _find_usable(jwk: Json) -> PublicKey | None:
    if not isinstance(jwk, Mapping):
        raise InvalidKey("key set with something that is no key")
    if has_private_members(jwk):
        raise InvalidKey("key set that publishes a private or symmetric key")
    try:
        return PublicKey.from_jwk(jwk)
    except InvalidKey:
        return None
