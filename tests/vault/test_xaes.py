"""XAES-256-GCM against the C2SP vectors, and every way to open what is not ours."""

import hashlib

import pytest

from remit.vault.xaes import Unsealable, decrypt, encrypt

NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"


@pytest.mark.parametrize(
    ("key", "aad", "ciphertext"),
    [
        (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
        (
            b"\x03" * 32,
            b"c2sp.org/XAES-256-GCM",
            "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
        ),
    ],
)
def test_the_c2sp_vectors_hold(key: bytes, aad: bytes, ciphertext: str) -> None:
    sealed = encrypt(key, NONCE, b"XAES-256-GCM", aad)
    assert sealed.hex() == ciphertext
    assert decrypt(key, NONCE, sealed, aad) == b"XAES-256-GCM"


def test_the_accumulated_c2sp_vector_holds() -> None:
    source, total = hashlib.shake_128(), hashlib.shake_128()
    stream = memoryview(source.digest(1 << 22))
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        return bytes(stream[at - size : at])

    for _ in range(10_000):
        key, nonce = take(32), take(24)
        plaintext = take(take(1)[0])
        aad = take(take(1)[0])
        sealed = encrypt(key, nonce, plaintext, aad)
        assert decrypt(key, nonce, sealed, aad) == plaintext
        total.update(sealed)
    assert total.hexdigest(32) == "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939"


@pytest.mark.parametrize("flipped", range(28))
def test_a_flipped_byte_is_refused(flipped: int) -> None:
    sealed = bytearray(encrypt(b"\x01" * 32, NONCE, b"XAES-256-GCM", b""))
    sealed[flipped] ^= 1
    with pytest.raises(Unsealable):
        decrypt(b"\x01" * 32, NONCE, bytes(sealed), b"")


def test_another_key_nonce_or_context_is_refused() -> None:
    sealed = encrypt(b"\x01" * 32, NONCE, b"value", b"context")
    for key, nonce, aad in [
        (b"\x02" * 32, NONCE, b"context"),
        (b"\x01" * 32, NONCE[::-1], b"context"),
        (b"\x01" * 32, NONCE, b"other"),
    ]:
        with pytest.raises(Unsealable):
            decrypt(key, nonce, sealed, aad)
