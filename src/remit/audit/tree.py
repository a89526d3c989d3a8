"""The Merkle tree of RFC 6962 and RFC 9162, section 2.1: append, root, proofs, verification.

Appending keeps only the compact range: the roots of the perfect subtrees, one for each set bit
of the size. Proofs are built from any source of nodes; what is verified never trusts that source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from remit.kernel.errors import Malformed

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
# Completed nodes of every eighth level are kept: one for 256 records, then one for 65,536, ...
TILE_HEIGHT = 8

ReadNode: TypeAlias = Callable[[int, int], bytes]


class ProofInvalid(Malformed):
    """A proof that does not prove what it is shown for."""


@dataclass(frozen=True, slots=True)
class Node:
    """The root of the perfect subtree over leaves [position << level, (position + 1) << level)."""

    level: int
    position: int
    hash: bytes


def hash_leaf(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """A growing tree, known by the roots of its perfect subtrees, largest first."""

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        if len(roots) != size.bit_count():
            raise Malformed(f"{len(roots)} roots for a tree of {size}")
        self.size = size
        self._roots = list(roots)

    def append(self, leaf_hash: bytes) -> Sequence[Node]:
        """Add a leaf; the nodes that it completes on the levels that are kept."""
        completed: tuple[Node, ...] = ()
        node, level, size = leaf_hash, 0, self.size
        while size >> level & 1:
            node = hash_children(self._roots.pop(), node)
            level += 1
            if level % TILE_HEIGHT == 0:
                completed += (Node(level, size >> level, node),)
        self._roots.append(node)
        self.size = size + 1
        return completed

    def root(self) -> bytes:
        """The Merkle tree hash at this size."""
        return _fold(self._roots) if self._roots else EMPTY_ROOT


def read_range(size: int, read: ReadNode) -> CompactRange:
    """The compact range of a tree of this size, read from its nodes."""
    return CompactRange(size, _perfect_roots(0, size, read))


def prove_inclusion(index: int, size: int, read: ReadNode) -> Sequence[bytes]:
    """RFC 6962 section 2.1.1: the audit path, from the leaf's sibling upwards."""
    if not 0 <= index < size:
        raise Malformed(f"no leaf {index} in a tree of {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(middle, end, read))
            end = middle
        else:
            path.append(_subtree(start, middle, read))
            start = middle
    return tuple(reversed(path))


def prove_consistency(old: int, new: int, read: ReadNode) -> Sequence[bytes]:
    """RFC 6962 section 2.1.2: that the tree of size `new` begins with the tree of size `old`."""
    if not 0 <= old <= new:
        raise Malformed(f"no consistency of {old} with {new}")
    if old in (0, new):
        return ()
    proof = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_subtree(middle, end, read))
            end = middle
        else:
            proof.append(_subtree(start, middle, read))
            start, whole = middle, False
    if not whole:
        proof.append(_subtree(start, end, read))
    return tuple(reversed(proof))


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> int:
    """RFC 9162 section 2.1.3.2: the index at which the tree holds the leaf, or ProofInvalid."""
    if not 0 <= index < size:
        raise ProofInvalid(f"no leaf {index} in a tree of {size}")
    first, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            raise ProofInvalid("an inclusion proof of another shape")
        if first & 1 or first == last:
            node = hash_children(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = hash_children(node, sibling)
        first, last = first >> 1, last >> 1
    if last != 0 or node != root:
        raise ProofInvalid(f"the tree of {size} does not hold this leaf at {index}")
    return index


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> int:
    """RFC 9162 section 2.1.4.2: the size `old`, which `new` continues, or ProofInvalid."""
    if not 0 <= old <= new or (old == 0 and old_root != EMPTY_ROOT):
        raise ProofInvalid(f"no consistency of {old} with {new}")
    if old in (0, new):
        if proof or (old == new and old_root != new_root):
            raise ProofInvalid(f"two trees of size {old}")
        return old
    if any(len(node) != HASH_BYTES for node in proof):
        raise ProofInvalid("a consistency proof of another shape")
    # Where `old` is a power of two, its root is the first node of the path, and left out.
    path = (old_root, *proof) if old & (old - 1) == 0 else tuple(proof)
    if not path or _walk(old, new, path) != (old_root, new_root):
        raise ProofInvalid(f"the tree of {new} does not begin with the tree of {old}")
    return old


def _walk(old: int, new: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("a consistency proof that is too long")
        if first & 1 or first == last:
            old_node = hash_children(sibling, old_node)
            new_node = hash_children(sibling, new_node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new_node = hash_children(new_node, sibling)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("a consistency proof that is too short")
    return old_node, new_node


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _subtree(start: int, end: int, read: ReadNode) -> bytes:
    return _fold(_perfect_roots(start, end, read))


def _perfect_roots(start: int, end: int, read: ReadNode) -> list[bytes]:
    # `start` is a multiple of a power of two that is no smaller than the length.
    roots = []
    while start < end:
        level = (end - start).bit_length() - 1
        roots.append(read(level, start >> level))
        start += 1 << level
    return roots


def _fold(roots: Sequence[bytes]) -> bytes:
    node = roots[-1]
    for left in reversed(roots[:-1]):
        node = hash_children(left, node)
    return node
