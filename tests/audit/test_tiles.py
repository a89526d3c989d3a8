"""Any node comes out of those that are kept, and a missing one is said to be missing."""

from collections.abc import Sequence

import pytest

from remit.audit.tiles import NodeMissing, node_reader
from remit.audit.tree import CompactRange, Node, hash_leaf, prove_inclusion, verify_inclusion

SIZE = 70_000
LEAVES = [hash_leaf(index.to_bytes(4, "big")) for index in range(SIZE)]


def kept() -> tuple[CompactRange, dict[tuple[int, int], bytes]]:
    tree, nodes = CompactRange(), dict[tuple[int, int], bytes]()
    for leaf in LEAVES:
        node: Node
        for node in tree.append(leaf):
            nodes[node.level, node.position] = node.hash
    return tree, nodes


TREE, NODES = kept()


def load(level: int, first: int, count: int) -> Sequence[bytes]:
    if level == 0:
        return LEAVES[first : first + count]
    found = (NODES.get((level, position)) for position in range(first, first + count))
    return [node for node in found if node is not None]


@pytest.mark.parametrize("index", [0, 1, 255, 256, 65_535, 65_536, SIZE - 1])
def test_a_proof_in_a_large_tree_needs_kept_nodes_only(index: int) -> None:
    path = prove_inclusion(index, SIZE, node_reader(load))
    assert verify_inclusion(LEAVES[index], index, SIZE, path, TREE.root()) == index


def test_only_one_node_in_256_records_is_kept() -> None:
    assert len(NODES) == SIZE // 256 + SIZE // 65_536


def test_a_missing_node_is_named() -> None:
    with pytest.raises(NodeMissing) as missing:
        node_reader(lambda level, first, count: [b"x" * 32] * (count - 1))(9, 3)
    assert "node 3 of level 9" in missing.value.detail
