"""Receipts on paper: the C2SP tlog-proof file, with which a record is proved offline.

It holds the index, the inclusion proof and the checkpoint; the leaf itself is shown beside it.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from remit.audit.checkpoint import SignedHead, parse_decimal, parse_hash, verify_checkpoint
from remit.audit.leaf import read_leaf
from remit.audit.note import VerifierKey
from remit.audit.tree import ProofInvalid, hash_leaf, verify_inclusion

_HEADER = "c2sp.org/tlog-proof@v1"
_MAX_PROOF = 128 << 10
_MAX_PATH = 64


@dataclass(frozen=True, slots=True)
class ProvedLeaf:
    """A leaf that a signed checkpoint covers, at its index."""

    leaf: bytes
    index: int
    checkpoint: SignedHead


def format_proof(index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The file, to be kept with the extension `.tlog-proof`."""
    lines = [_HEADER, f"index {index}", *(b64encode(node).decode() for node in path), "", ""]
    return "\n".join(lines).encode() + checkpoint


def verify_proof(proof: bytes, leaf: bytes, keys: Sequence[VerifierKey]) -> ProvedLeaf:
    """The leaf as proved, or ProofInvalid, NoteInvalid, Malformed."""
    index, path, note = _parse(proof)
    checkpoint = verify_checkpoint(note, keys)
    head = checkpoint.head
    verify_inclusion(hash_leaf(leaf), index, head.size, path, head.root)
    members = read_leaf(leaf)
    if members.get("index") != index or members.get("log") != head.log:
        raise ProofInvalid("the leaf names another log or another place in it")
    return ProvedLeaf(leaf, index, checkpoint)


def _parse(proof: bytes) -> tuple[int, Sequence[bytes], bytes]:
    if len(proof) > _MAX_PROOF:
        raise ProofInvalid(f"a proof of {len(proof)} bytes")
    head, separator, note = proof.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise ProofInvalid("a proof with text that is not ASCII") from None
    # The line of extra data is optional, opaque and not authenticated: it is skipped.
    if len(lines) > 1 and lines[1].startswith("extra "):
        del lines[1]
    if not separator or len(lines) < 2 or lines[0] != _HEADER:
        raise ProofInvalid("not a tlog-proof")
    if not lines[1].startswith("index ") or len(lines) > _MAX_PATH + 2:
        raise ProofInvalid("a tlog-proof without index, or with too long a path")
    index = parse_decimal(lines[1].removeprefix("index "))
    return index, [parse_hash(line) for line in lines[2:]], note
