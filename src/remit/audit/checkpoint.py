"""Checkpoints: a log's signed tree head, as C2SP tlog-checkpoint writes it.

The origin is `remit/` and the log's id; it is also the name of the key. A checkpoint is a signed
note of three lines; extension lines, which nobody can audit, are neither written nor accepted.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass

from remit.audit.note import NoteInvalid, VerifierKey, sign_note, verify_note
from remit.audit.tree import HASH_BYTES
from remit.jose.ed25519 import Ed25519PublicKey, Ed25519SigningKey
from remit.kernel.ids import LogId

_PREFIX = "remit/"
_MAX_SIZE = 2**53 - 1


class CheckpointInvalid(NoteInvalid):
    """Not a checkpoint, or not one of a log that is known here."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How long a log is, and the root of its tree."""

    log: LogId
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head whose signature was verified, with the note that says so."""

    head: TreeHead
    note: bytes


def verifier_key(log: LogId, key: Ed25519PublicKey) -> VerifierKey:
    """The key as it signs for this log."""
    return VerifierKey(_PREFIX + log, key)


def sign_head(head: TreeHead, key: Ed25519SigningKey) -> SignedHead:
    """The checkpoint of a head."""
    origin = _PREFIX + head.log
    text = f"{origin}\n{head.size}\n{b64encode(head.root).decode()}\n"
    return SignedHead(head, sign_note(text, origin, key))


def verify_checkpoint(note: bytes, keys: Sequence[VerifierKey]) -> SignedHead:
    """The head that one of these keys has signed for the log that it is named after."""
    text = verify_note(note, keys)
    head = parse_head(text)
    # The key must have signed under this very origin, or one log could speak for another.
    verify_note(note, [key for key in keys if key.name == _PREFIX + head.log])
    return SignedHead(head, note)


def parse_head(text: str) -> TreeHead:
    """The head of a checkpoint's text; raises CheckpointInvalid."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0].startswith(_PREFIX):
        raise CheckpointInvalid("not three lines of a log of ours")
    return TreeHead(
        LogId(lines[0].removeprefix(_PREFIX)), parse_decimal(lines[1]), parse_hash(lines[2])
    )


def parse_decimal(text: str) -> int:
    """An ASCII decimal without leading zeroes."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise CheckpointInvalid("not a decimal number")
    number = int(text)
    if str(number) != text or number > _MAX_SIZE:
        raise CheckpointInvalid("a number with leading zeroes, or beyond 2^53-1")
    return number


def parse_hash(text: str) -> bytes:
    """A SHA-256 hash in canonical base64."""
    try:
        decoded = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise CheckpointInvalid("a hash that is not base64") from None
    if len(decoded) != HASH_BYTES or b64encode(decoded).decode() != text:
        raise CheckpointInvalid("a hash of another length, or not canonical")
    return decoded


def unverified_origin(note: bytes) -> LogId:
    """Which log a checkpoint says it is of, to find its key; nothing is proved by it."""
    first = note[:512].partition(b"\n")[0].decode("utf-8", "replace")
    if not first.startswith(_PREFIX):
        raise CheckpointInvalid("not a checkpoint of a log of ours")
    return LogId(first.removeprefix(_PREFIX))
