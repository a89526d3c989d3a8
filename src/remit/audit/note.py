"""Signed notes and verifier keys, as C2SP signed-note writes them, with Ed25519 keys.

Parsing is strict; signatures of keys that are not asked about are ignored, as the format demands,
and a signature of a known key that does not verify refuses the whole note.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from remit.jose.ed25519 import KEY_BYTES, Ed25519PublicKey, Ed25519SigningKey
from remit.jose.errors import InvalidSignature
from remit.kernel.errors import Malformed

MAX_NOTE = 64 << 10
MAX_SIGNATURES = 64
_ED25519 = b"\x01"
_KEY_ID_BYTES = 4
_DASH = "\N{EM DASH} "


class NoteInvalid(Malformed):
    """Not a signed note, or not one that a known key has signed."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and the Ed25519 key that signs under it."""

    name: str
    key: Ed25519PublicKey

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before a signature."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key.raw).digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        """The verifier key as text, for auditors to keep."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519 + self.key.raw).decode()}"


def parse_vkey(text: str) -> VerifierKey:
    """The verifier key of its text form; raises NoteInvalid."""
    name, _, rest = text.strip().partition("+")
    key_id, _, material = rest.partition("+")
    raw = _decode(material)
    if not is_key_name(name) or raw[:1] != _ED25519 or len(raw) != 1 + KEY_BYTES:
        raise NoteInvalid("not the verifier key of an Ed25519 key")
    key = VerifierKey(name, Ed25519PublicKey(raw[1:]))
    if key.key_id.hex() != key_id:
        raise NoteInvalid(f"the id of the verifier key of {name} does not match")
    return key


def is_key_name(name: str) -> bool:
    """Non-empty, without spaces, plus signs and control characters."""
    return bool(name) and "+" not in name and name.isprintable() and len(name.split()) == 1


def sign_note(text: str, name: str, key: Ed25519SigningKey) -> bytes:
    """The note with one signature. `text` ends in a newline."""
    if not text.endswith("\n") or not _is_text(text) or not is_key_name(name):
        raise NoteInvalid("text or name that no note can carry")
    signature = VerifierKey(name, key.public).key_id + key.sign(text.encode())
    return f"{text}\n{_DASH}{name} {b64encode(signature).decode()}\n".encode()


def verify_note(note: bytes, keys: Sequence[VerifierKey]) -> str:
    """The note's text, which one of these keys has signed; raises NoteInvalid."""
    text, signatures = _take_apart(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = 0
    for name, signature in signatures:
        key = known.get((name, signature[:_KEY_ID_BYTES]))
        if key is None:
            continue
        try:
            key.key.verify(text.encode(), signature[_KEY_ID_BYTES:])
        except InvalidSignature:
            raise NoteInvalid(f"the signature of {name} does not verify") from None
        verified += 1
    if not verified:
        raise NoteInvalid("no known key has signed this note")
    return text


def _take_apart(note: bytes) -> tuple[str, Sequence[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE:
        raise NoteInvalid(f"a note of {len(note)} bytes")
    try:
        content = note.decode()
    except UnicodeDecodeError:
        raise NoteInvalid("a note that is not UTF-8") from None
    text, separator, block = content.rpartition("\n\n")
    lines = block.split("\n")
    if not separator or not _is_text(content) or lines.pop() or not lines:
        raise NoteInvalid("a note without text, blank line or signatures")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalid(f"a note with {len(lines)} signatures")
    return text + "\n", [_parse_signature(line) for line in lines]


def _parse_signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    signature = _decode(encoded)
    if not line.startswith(_DASH) or not is_key_name(name) or len(signature) <= _KEY_ID_BYTES:
        raise NoteInvalid("a malformed signature line")
    return name, signature


def _decode(encoded: str) -> bytes:
    try:
        decoded = b64decode(encoded, validate=True)
    except (Base64Error, ValueError):
        raise NoteInvalid("not base64") from None
    # RFC 4648 section 3.5: padding bits that are not zero would be a second way of writing it.
    if b64encode(decoded).decode() != encoded:
        raise NoteInvalid("not canonical base64")
    return decoded


def _is_text(text: str) -> bool:
    return all(character >= " " or character == "\n" for character in text)
