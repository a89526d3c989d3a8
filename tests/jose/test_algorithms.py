"""Algorithms: asymmetric ones alone, each tied to its kind of key."""

import pytest
from joserfc.jwk import ECKey

from remit.jose.algorithms import (
    ALGORITHMS,
    EDDSA,
    algorithms_for,
    is_signed_by,
    sign_with,
)
from remit.jose.keys import SigningKey

KEYS = {algorithm: SigningKey.generate(algorithm) for algorithm in sorted(ALGORITHMS)}


def test_there_is_no_symmetric_algorithm_and_no_none() -> None:
    assert sorted(ALGORITHMS) == ["ES256", "ES384", "Ed25519", "EdDSA", "PS256", "RS256"]


@pytest.mark.parametrize(
    ("kty", "curve", "algorithms"),
    [
        ("EC", "P-256", {"ES256"}),
        ("EC", "P-384", {"ES384"}),
        ("EC", "P-521", set()),
        ("EC", "secp256k1", set()),
        ("OKP", "Ed25519", {"Ed25519", "EdDSA"}),
        ("OKP", "X25519", set()),
        ("EC", "Ed25519", set()),
        ("OKP", "P-256", set()),
        ("RSA", None, {"RS256", "PS256"}),
        ("oct", None, set()),
    ],
)
def test_a_kind_of_key_has_its_algorithms(
    kty: str, curve: str | None, algorithms: set[str]
) -> None:
    assert algorithms_for(kty, curve) == algorithms


def test_an_ecdsa_signature_is_raw_and_of_fixed_length() -> None:
    key = SigningKey.generate("ES256")
    for _ in range(20):
        signature = key.sign(b"x")
        assert len(signature) == 64
        assert is_signed_by("ES256", key.public.native, b"x", signature)


@pytest.mark.parametrize(
    "signature", [b"", b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"\0" * 65, b"0" * 8192]
)
@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_what_is_no_signature_is_not_one(algorithm: str, signature: bytes) -> None:
    key = KEYS[algorithm]
    assert not is_signed_by(algorithm, key.public.native, b"message", signature)


def test_both_names_of_ed25519_are_one_algorithm() -> None:
    key = KEYS[EDDSA]
    assert is_signed_by("Ed25519", key.public.native, b"m", key.sign(b"m"))


def test_what_joserfc_signs_with_the_raw_key_verifies_here() -> None:
    native = ECKey.generate_key("P-384")
    assert is_signed_by("ES384", native, b"m", sign_with("ES384", native, b"m"))
