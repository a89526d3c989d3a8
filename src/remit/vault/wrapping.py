"""Wrapping: a key sealed under another key, with a commitment to the wrapping key.

XAES-256-GCM does not commit to its key; a wrap therefore carries HMAC-SHA256 of its header and
place under a subkey, checked before decryption, so that no wrap opens under two keys.
"""

import hashlib
import hmac

from remit.kernel.entropy import Entropy
from remit.kernel.secret import Secret
from remit.vault.sealing import Place, read_term, seal, unseal
from remit.vault.xaes import KEY_BYTES, Unsealable

_COMMITMENT_BYTES = 32
_SUBKEY_LABEL = b"remit/v1 key commitment"


def draw_key(entropy: Entropy) -> Secret[bytes]:
    """A new 32-byte key."""
    return Secret(entropy.draw(KEY_BYTES))


def wrap(
    wrapping_key: Secret[bytes], term: int, place: Place, key: Secret[bytes], entropy: Entropy
) -> bytes:
    """The wrapped key: commitment, then the sealed record."""
    record = seal(wrapping_key, term, place, key, entropy)
    return _commit(wrapping_key, term, place) + record


def unwrap(wrapping_key: Secret[bytes], place: Place, wrapped: bytes) -> Secret[bytes]:
    """The key inside a wrap; raises Unsealable for another wrapping key or place."""
    commitment, record = wrapped[:_COMMITMENT_BYTES], wrapped[_COMMITMENT_BYTES:]
    term = read_term(record)
    if not hmac.compare_digest(commitment, _commit(wrapping_key, term, place)):
        raise Unsealable("the wrap commits to another key or place")
    return unseal(wrapping_key, place, record)


def wrapped_term(wrapped: bytes) -> int:
    """The term of the key that a wrap was made under."""
    return read_term(wrapped[_COMMITMENT_BYTES:])


def _commit(wrapping_key: Secret[bytes], term: int, place: Place) -> bytes:
    subkey = hmac.digest(wrapping_key.open(), _SUBKEY_LABEL, hashlib.sha256)
    header = f"{term}\0{place.table}\0{place.row}\0{place.column}\0{place.version}".encode()
    return hmac.digest(subkey, header, hashlib.sha256)
