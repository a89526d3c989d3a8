"""Keys from elsewhere: whatever is not a sound public key is refused before it is used."""

from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, OKPKey

from remit.jose.encoding import decode_base64url, encode_base64url
from remit.jose.errors import InvalidKey
from remit.jose.jwk import (
    MAX_RSA_BITS,
    check_algorithms,
    check_members,
    find_kid,
    has_private_members,
    load_native,
)
from remit.jose.keys import PublicKey, SigningKey

EC = dict(SigningKey.generate("ES256").public.members)
EC_384 = dict(SigningKey.generate("ES384").public.members)
ED = dict(SigningKey.generate("Ed25519").public.members)
RSA = dict(SigningKey.generate("RS256").public.members)


def number(value: int) -> str:
    return encode_base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def rsa_jwk(bits: int, exponent: int = 65537) -> dict[str, str]:
    # A modulus that nobody can factor is not needed to be refused for its size.
    return {"kty": "RSA", "n": number((1 << bits - 1) | 1), "e": number(exponent)}


REFUSED: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "a symmetric key": OctKey.generate_key(256).as_dict(private=True),
    "a private EC key": ECKey.generate_key("P-256").as_dict(private=True),
    "a private Ed25519 key": OKPKey.generate_key("Ed25519").as_dict(private=True),
    "an RSA key with a prime": {**RSA, "p": "AQAB"},
    "an RSA key with other primes": {**RSA, "oth": []},
    "a symmetric value beside a curve": {**EC, "k": "AAAA"},
    "P-521": ECKey.generate_key("P-521").as_dict(private=False),
    "secp256k1": {**EC, "crv": "secp256k1"},
    "X25519": OKPKey.generate_key("X25519").as_dict(private=False),
    "Ed448": OKPKey.generate_key("Ed448").as_dict(private=False),
    "a curve of another kty": {**ED, "crv": "P-256"},
    "Ed25519 as EC": {**EC, "crv": "Ed25519"},
    "a point of another curve": {**EC, "crv": "P-384"},
    "a point off the curve": {**EC, "y": EC["x"]},
    "the point at infinity": {
        **EC,
        "x": encode_base64url(bytes(32)),
        "y": encode_base64url(bytes(32)),
    },
    "a short coordinate": {**EC, "x": encode_base64url(decode_base64url(EC["x"])[1:])},
    "a padded coordinate": {**EC, "x": encode_base64url(b"\0" + decode_base64url(EC["x"]))},
    "padding signs": {**EC, "x": EC["x"] + "="},
    "a missing coordinate": {"kty": "EC", "crv": "P-256", "x": EC["x"]},
    "a coordinate as a number": {**EC, "x": 17},
    "a coordinate that is huge": {**EC, "x": "A" * 100_000},
    "a kty that is a list": {**EC, "kty": ["EC"]},
    "a crv that is absent": {"kty": "EC", "x": EC["x"], "y": EC["y"]},
    "RSA of 1024 bits": rsa_jwk(1024),
    "RSA of 2047 bits": rsa_jwk(2047),
    "RSA of too many bits": rsa_jwk(MAX_RSA_BITS + 1),
    "RSA with exponent 1": rsa_jwk(2048, 1),
    "RSA with exponent 3": rsa_jwk(2048, 3),
    "RSA with an even exponent": rsa_jwk(2048, 65538),
    "RSA with a huge exponent": rsa_jwk(2048, 2**64 + 1),
    "RSA with a padded modulus": {**RSA, "n": encode_base64url(b"\0" + decode_base64url(RSA["n"]))},
    "RSA with an empty exponent": {**RSA, "e": ""},
    "an algorithm of another kind": {**EC, "alg": "RS256"},
    "a symmetric algorithm": {**RSA, "alg": "HS256"},
    "no algorithm": {**EC, "alg": "none"},
    "an algorithm that is a list": {**EC, "alg": ["ES256"]},
    "a key for encryption": {**EC, "use": "enc"},
    "a use that is a list": {**EC, "use": ["sig"]},
    "a key for other operations": {**EC, "key_ops": ["deriveKey"]},
    "operations that are a text": {**EC, "key_ops": "verify"},
    "a kid that is a number": {**EC, "kid": 1},
    "an empty kid": {**EC, "kid": ""},
    "a long kid": {**EC, "kid": "k" * 257},
}


@pytest.mark.parametrize("jwk", REFUSED.values(), ids=REFUSED)
def test_what_is_no_sound_public_key_is_refused(jwk: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidKey):
        PublicKey.from_jwk(jwk)


@pytest.mark.parametrize("jwk", [EC, EC_384, ED, RSA], ids=["P-256", "P-384", "Ed25519", "RSA"])
def test_a_sound_key_is_loaded_with_its_kinds_algorithms(jwk: dict[str, str]) -> None:
    members = check_members({**jwk, "kid": "k", "x5c": ["ignored"], "unknown": {"a": 1}})
    assert members == jwk
    assert check_algorithms(jwk, members)
    assert not load_native(members).is_private


@pytest.mark.parametrize("exponent", [1, 3, 65538, 2**64 + 1])
def test_an_exponent_is_judged_before_the_library_sees_it(exponent: int) -> None:
    with pytest.raises(InvalidKey, match="exponent"):
        check_members(rsa_jwk(2048, exponent))


def test_a_declared_algorithm_narrows() -> None:
    assert check_algorithms(RSA, RSA) == {"RS256", "PS256"}
    assert check_algorithms({**RSA, "alg": "PS256"}, RSA) == {"PS256"}
    assert check_algorithms({**ED, "alg": "EdDSA"}, ED) == {"Ed25519", "EdDSA"}


@pytest.mark.parametrize("use", ["sig", "jwt-svid"])
def test_a_signature_key_may_say_so(use: str) -> None:
    assert check_algorithms({**EC, "use": use, "key_ops": ["verify"]}, EC) == {"ES256"}


def test_a_private_member_is_seen_whatever_its_value() -> None:
    assert has_private_members({"d": None})
    assert not has_private_members(EC)


def test_a_key_need_not_have_a_name() -> None:
    assert find_kid(EC) is None
    assert find_kid({**EC, "kid": "k"}) == "k"


def test_an_rsa_key_of_the_library_is_strong_enough() -> None:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    jwk = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    assert PublicKey.from_jwk(jwk).algorithms == {"RS256", "PS256"}
