"""Key sets that find one key, and private keys that show nothing."""

import copy
import json
import pickle
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc.jwk import ECKey, OctKey

from remit.jose.algorithms import ALGORITHMS, is_signed_by
from remit.jose.errors import InvalidKey, UnknownKey
from remit.jose.keys import MAX_KEY_SET_BYTES, MAX_KEYS, KeySet, PublicKey, SigningKey
from remit.kernel.secret import Secret

ONE, OTHER = SigningKey.generate(), SigningKey.generate()
RSA = SigningKey.generate("RS256")


def jwk(key: SigningKey, **members: Any) -> dict[str, Any]:
    return {**key.public.members, **members}


def key_set(*keys: Mapping[str, Any]) -> KeySet:
    return KeySet.parse({"keys": list(keys)})


def test_a_signing_key_is_named_by_its_thumbprint() -> None:
    assert ONE.kid == ONE.public.jkt == ONE.public.kid
    assert ONE.kid != OTHER.kid


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_a_signing_key_comes_back_from_its_pem(algorithm: str) -> None:
    key = SigningKey.generate(algorithm)
    again = SigningKey.from_pem(key.to_pem(), algorithm)
    assert (again.kid, again.algorithm) == (key.kid, algorithm)
    assert is_signed_by(algorithm, key.public.native, b"m", again.sign(b"m"))


def test_the_algorithm_of_a_curve_need_not_be_said_but_that_of_rsa_must() -> None:
    assert SigningKey.from_pem(ONE.to_pem()).algorithm == "ES256"
    assert SigningKey.from_pem(SigningKey.generate("ES384").to_pem()).algorithm == "ES384"
    assert SigningKey.from_pem(SigningKey.generate("EdDSA").to_pem()).algorithm == "Ed25519"
    with pytest.raises(InvalidKey):
        SigningKey.from_pem(RSA.to_pem())


@pytest.mark.parametrize("algorithm", ["HS256", "none", "ES512", "", "RS256"])
def test_a_key_does_not_sign_with_another_kinds_algorithm(algorithm: str) -> None:
    with pytest.raises(InvalidKey):
        SigningKey.from_pem(ONE.to_pem(), algorithm or "x")


@pytest.mark.parametrize("algorithm", ["HS256", "none", "ES512", "es256"])
def test_no_key_is_generated_for_what_we_do_not_know(algorithm: str) -> None:
    with pytest.raises(InvalidKey):
        SigningKey.generate(algorithm)


def pem(key: Any, encryption: Any = None) -> bytes:
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()))


NO_KEYS = {
    "nothing": b"",
    "no DER": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "P-521": pem(ec.generate_private_key(ec.SECP521R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "encrypted": pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"hunter2")),
    "weak RSA": pem(rsa.generate_private_key(65537, 1024)),
    "DSA": pem(dsa.generate_private_key(1024)),
}


@pytest.mark.parametrize("algorithm", [None, "RS256"])
@pytest.mark.parametrize("raw", NO_KEYS.values(), ids=NO_KEYS)
def test_a_pem_that_is_no_key_of_ours_is_refused(raw: bytes, algorithm: str | None) -> None:
    with pytest.raises(InvalidKey):
        SigningKey.from_pem(Secret(raw), algorithm)


def test_a_signing_key_shows_nothing_of_itself() -> None:
    native = ECKey.generate_key("P-256")
    key = SigningKey(native, "ES256")
    private = str(native.as_dict(private=True)["d"])
    shown = [repr(key), str(key), repr([key]), repr(key.public), repr(key.to_pem())]
    shown += [json.dumps(key.public.to_jwk()), repr(KeySet((key.public,)))]
    assert not [text for text in shown if private in text or "PRIVATE" in text]
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(key)


def test_a_public_jwk_says_what_it_is_for() -> None:
    assert ONE.public.to_jwk() == jwk(ONE, kid=ONE.kid, alg="ES256", use="sig")
    assert PublicKey.from_jwk(RSA.public.members).to_jwk() == jwk(RSA, use="sig")


def test_a_published_set_is_read_back() -> None:
    published = KeySet((ONE.public, RSA.public)).to_jwks()
    again = KeySet.parse(json.dumps(published).encode())
    assert [key.jkt for key in again.keys] == [ONE.kid, RSA.kid]


def test_a_header_means_one_key() -> None:
    keys = key_set(jwk(ONE, kid="one"), jwk(OTHER, kid="other"), jwk(RSA, kid="rsa"))
    assert keys.load("other", "ES256").jkt == OTHER.kid
    assert keys.load(None, "PS256").jkt == RSA.kid


@pytest.mark.parametrize(
    ("kid", "algorithm"),
    [
        ("two", "ES256"),
        ("one", "RS256"),
        ("ONE", "ES256"),
        (None, "ES256"),
        (None, "ES384"),
        ("", "ES256"),
    ],
)
def test_no_key_is_guessed(kid: str | None, algorithm: str) -> None:
    keys = key_set(jwk(ONE, kid="one"), jwk(OTHER, kid="other"), jwk(RSA, kid="rsa"))
    with pytest.raises(UnknownKey):
        keys.load(kid, algorithm)


def test_a_nameless_key_answers_to_its_thumbprint_alone() -> None:
    keys = key_set(jwk(ONE), jwk(OTHER, kid="other"))
    assert keys.load(ONE.kid, "ES256").jkt == ONE.kid
    with pytest.raises(UnknownKey):
        keys.load("anything", "ES256")
    with pytest.raises(UnknownKey):
        keys.load(OTHER.kid, "ES256")


def test_a_key_cannot_take_another_keys_thumbprint_for_its_name() -> None:
    keys = key_set(jwk(ONE), jwk(OTHER, kid=ONE.kid))
    with pytest.raises(UnknownKey):
        keys.load(ONE.kid, "ES256")


def test_keys_of_unknown_kinds_are_passed_over() -> None:
    keys = key_set(
        {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"},
        jwk(RSA, use="enc"),
        {},
        jwk(ONE, x5c=["MIIB"], x5t="AAAA"),
    )
    assert [key.jkt for key in keys.keys] == [ONE.kid]


@pytest.mark.parametrize(
    "published",
    [
        ECKey.generate_key("P-256").as_dict(private=True),
        OctKey.generate_key(256).as_dict(private=True),
        {"kty": "unknown", "d": "AAAA"},
    ],
)
def test_a_set_that_publishes_a_private_key_is_refused_whole(published: dict[str, Any]) -> None:
    with pytest.raises(InvalidKey, match="publishes"):
        key_set(jwk(ONE), published)


def listed(*keys: Mapping[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


UNCLEAR = {
    "nothing": b"",
    "an array": b"[]",
    "no keys": b"{}",
    "keys that are no list": b'{"keys":{}}',
    "an empty list": b'{"keys":[]}',
    "a text among keys": b'{"keys":["x"]}',
    "null among keys": b'{"keys":[null]}',
    "no usable key": b'{"keys":[{}]}',
    "a doubled name": b'{"keys":[],"keys":[]}',
    "too many bytes": b'{"keys":[' + b" " * MAX_KEY_SET_BYTES + b"]}",
    "too many keys": listed(*[jwk(ONE, kid=str(n)) for n in range(MAX_KEYS + 1)]),
    "two keys of one name": listed(jwk(ONE, kid="k"), jwk(OTHER, kid="k")),
    "one key twice": listed(jwk(ONE, kid="k"), jwk(ONE, kid="k")),
    "overlapping uses": listed(jwk(RSA, kid="k"), jwk(RSA, kid="k", alg="PS256")),
}


@pytest.mark.parametrize("document", UNCLEAR.values(), ids=UNCLEAR)
def test_a_set_without_one_clear_key_for_each_name_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidKey):
        KeySet.parse(document)


def test_one_name_may_stand_for_keys_of_different_algorithms() -> None:
    # RFC 7517 section 4.5 allows it for keys that are alternatives to each other.
    keys = key_set(jwk(ONE, kid="k"), jwk(RSA, kid="k"))
    assert keys.load("k", "ES256").jkt == ONE.kid
    assert keys.load("k", "RS256").jkt == RSA.kid
