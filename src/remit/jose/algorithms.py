"""The signature algorithms that Remit knows: asymmetric ones; `none` and HS* do not exist here.

RFC 7518 section 3, RFC 8037, and RFC 9864, which renames EdDSA over Ed25519 to `Ed25519`. This is
where joserfc signs and verifies; keys and objects are checked before they come here.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

ES256: Final = "ES256"
ES384: Final = "ES384"
RS256: Final = "RS256"
PS256: Final = "PS256"
ED25519: Final = "Ed25519"
EDDSA: Final = "EdDSA"

ALGORITHMS: Final = frozenset({ES256, ES384, RS256, PS256, ED25519, EDDSA})

NativeKey: TypeAlias = ECKey | OKPKey | RSAKey

# EdDSA of RFC 8037 over the one curve we take is Ed25519 of RFC 9864 under its older name.
_NATIVE_NAMES = {name: name for name in ALGORITHMS} | {EDDSA: ED25519}
_NATIVE = {
    name: JWSRegistry(algorithms=[native]).get_alg(native) for name, native in _NATIVE_NAMES.items()
}
# By kty and crv together: a curve of another kind of key is no curve.
_FOR_KINDS: Mapping[tuple[str, str | None], frozenset[str]] = {
    ("EC", "P-256"): frozenset({ES256}),
    ("EC", "P-384"): frozenset({ES384}),
    ("OKP", "Ed25519"): frozenset({ED25519, EDDSA}),
    ("RSA", None): frozenset({RS256, PS256}),
}


def algorithms_for(kty: str, curve: str | None) -> frozenset[str]:
    """The algorithms that a key of this kind can be used with; empty for a kind not accepted."""
    return _FOR_KINDS.get((kty, curve), frozenset())


def sign_with(algorithm: str, key: NativeKey, message: bytes) -> bytes:
    """The JWS signature (raw r and s for ECDSA, RFC 7518 section 3.4) over these bytes."""
    return _NATIVE[algorithm].sign(message, key)


def is_signed_by(algorithm: str, key: NativeKey, message: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's; `jws.verify` turns that into evidence."""
    return _NATIVE[algorithm].verify(message, signature, key)
