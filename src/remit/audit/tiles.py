"""Any node of the tree, from those that are kept: the leaves, and every eighth level above."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from remit.audit.tree import TILE_HEIGHT, ReadNode, hash_children
from remit.kernel.errors import NotFound

# Kept level (0 for leaf hashes), first position, count: as many hashes as there are, in order.
LoadNodes: TypeAlias = Callable[[int, int, int], Sequence[bytes]]


class NodeMissing(NotFound):
    """A node that the log must hold is not there."""


def node_reader(load: LoadNodes) -> ReadNode:
    """Read nodes of every level, folding those in between from at most 256 kept ones."""

    def read(level: int, position: int) -> bytes:
        kept, above = divmod(level, TILE_HEIGHT)
        count = 1 << above
        row = load(kept * TILE_HEIGHT, position << above, count)
        if len(row) != count:
            raise NodeMissing(f"node {position} of level {level}")
        while len(row) > 1:
            row = [hash_children(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    return read
