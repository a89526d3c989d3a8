"""XAES-256-GCM (C2SP): AES-256-GCM with 192-bit nonces, so that random nonces need no bookkeeping.

Not key-committing and not misuse-resistant, as its specification says; `wrapping` adds commitment
where an attacker could choose between keys.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from remit.kernel.errors import RemitError

KEY_BYTES = 32
NONCE_BYTES = 24
_BLOCK = 16


class Unsealable(RemitError):
    """The sealed bytes were made under another key or context, or were altered."""


def encrypt(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """The ciphertext with its tag. `key` is 32 bytes, `nonce` 24 that this key never saw before."""
    return AESGCM(_derive(key, nonce)).encrypt(nonce[12:], plaintext, aad)


def decrypt(key: bytes, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
    """The plaintext; raises Unsealable for another key, nonce or context, or altered bytes."""
    try:
        return AESGCM(_derive(key, nonce)).decrypt(nonce[12:], ciphertext, aad)
    except InvalidTag:
        raise Unsealable("authentication tag does not match") from None


def _derive(key: bytes, nonce: bytes) -> bytes:
    # C2SP XAES-256-GCM: NIST SP 800-108r1 KDF in counter mode with CMAC, label "X", unrolled.
    # The codebook mode is the raw block function that CMAC is made of, never a mode for messages.
    block = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305
    left = int.from_bytes(block.update(bytes(_BLOCK)), "big")
    k1 = (left << 1) & ((1 << 128) - 1)
    if left >> 127:
        k1 ^= 0x87
    half = nonce[:12]
    m1 = int.from_bytes(b"\x00\x01X\x00" + half, "big") ^ k1
    m2 = int.from_bytes(b"\x00\x02X\x00" + half, "big") ^ k1
    return block.update(m1.to_bytes(_BLOCK, "big") + m2.to_bytes(_BLOCK, "big"))
