"""Ed25519 by RFC 8032's first vectors, and by what it must refuse."""

import copy
import pickle

import pytest

from remit.jose.ed25519 import Ed25519PublicKey, Ed25519SigningKey
from remit.jose.errors import InvalidKey, InvalidSignature
from remit.kernel.secret import Secret

# RFC 8032 section 7.1, tests 1 to 3: secret, public, message, signature.
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = Ed25519SigningKey(Secret(bytes.fromhex(seed)))
    said = bytes.fromhex(message)
    assert key.public.raw.hex() == public
    assert key.sign(said).hex() == signature
    assert Ed25519PublicKey(bytes.fromhex(public)).verify(said, bytes.fromhex(signature)) == said


def test_a_signature_over_anything_else_is_refused() -> None:
    key, other = Ed25519SigningKey.generate(), Ed25519SigningKey.generate()
    signature = key.sign(b"checkpoint")
    for public, message, presented in (
        (key.public, b"checkpoinT", signature),
        (other.public, b"checkpoint", signature),
        (key.public, b"checkpoint", signature[:-1] + bytes([signature[-1] ^ 1])),
        (key.public, b"checkpoint", signature + b"\0"),
        (key.public, b"checkpoint", b""),
    ):
        with pytest.raises(InvalidSignature):
            public.verify(message, presented)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_of_another_length_are_refused(size: int) -> None:
    with pytest.raises(InvalidKey):
        Ed25519PublicKey(bytes(size))
    with pytest.raises(InvalidKey):
        Ed25519SigningKey(Secret(bytes(size)))


def test_public_keys_are_equal_by_their_bytes() -> None:
    key = Ed25519SigningKey.generate()
    assert Ed25519PublicKey(key.public.raw) == key.public
    assert len({Ed25519PublicKey(key.public.raw), key.public}) == 1
    assert key.public != Ed25519SigningKey.generate().public
    assert key.public != key.public.raw
    assert len(key.public.key_id) == 64


def test_a_signing_key_comes_back_from_its_seed_and_shows_nothing_else() -> None:
    key = Ed25519SigningKey.generate()
    assert Ed25519SigningKey(key.to_seed()).public == key.public
    assert key.to_seed().open().hex() not in repr(key) + str(key)
    for leak in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            leak(key)
