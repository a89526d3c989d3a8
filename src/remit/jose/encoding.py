"""base64url without padding (RFC 7515 section 2) in its one spelling, and digests in it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from remit.kernel.errors import Malformed


def encode_base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """The bytes; Malformed for padding, other alphabets, white space and stray trailing bits."""
    try:
        encoded = text.encode("ascii")
        raw = urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
    except ValueError:
        raise Malformed("not base64url") from None
    # The decoder skips what it does not know; writing it again shows whether it skipped anything.
    if urlsafe_b64encode(raw).rstrip(b"=") != encoded:
        raise Malformed("not base64url in its one spelling")
    return raw


def sha256_base64url(raw: bytes) -> str:
    """base64url of SHA-256: a DPoP proof's `ath` (RFC 9449 section 4.2), a token's fingerprint."""
    return encode_base64url(sha256(raw).digest())
