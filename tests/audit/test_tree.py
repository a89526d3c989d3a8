"""The Merkle tree against the published vectors of Certificate Transparency, and against a tree
that is computed by RFC 6962's recursive definition."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.audit.tree import (
    EMPTY_ROOT,
    CompactRange,
    Node,
    ProofInvalid,
    ReadNode,
    hash_children,
    hash_leaf,
    prove_consistency,
    prove_inclusion,
    read_range,
    verify_consistency,
    verify_inclusion,
)
from remit.kernel.errors import Malformed

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Index, size, path.
PATHS = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
# Old size, new size, proof.
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, PATHS[1][2]),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it is defined there."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return hash_leaf(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_children(root_of(leaves[:split]), root_of(leaves[split:]))


def reader(leaves: Sequence[bytes]) -> ReadNode:
    return lambda level, position: root_of(leaves[position << level : (position + 1) << level])


def leaves_of(size: int) -> list[bytes]:
    return [index.to_bytes(2, "big") for index in range(size)]


def test_the_roots_of_the_published_tree() -> None:
    tree = CompactRange()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for leaf, root in zip(INPUTS, ROOTS, strict=True):
        tree.append(hash_leaf(leaf))
        assert tree.root().hex() == root


@pytest.mark.parametrize(("index", "size", "path"), PATHS)
def test_the_published_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    made = prove_inclusion(index, size, reader(INPUTS))
    assert [node.hex() for node in made] == path
    root = bytes.fromhex(ROOTS[size - 1])
    assert verify_inclusion(hash_leaf(INPUTS[index]), index, size, made, root) == index


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCIES)
def test_the_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    made = prove_consistency(old, new, reader(INPUTS))
    assert [node.hex() for node in made] == proof
    roots = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1])
    assert verify_consistency(old, new, *roots, made) == old


def test_every_root_and_range_agrees_with_the_definition() -> None:
    tree = CompactRange()
    for size in range(70):
        leaves = leaves_of(size)
        assert tree.size == size
        assert tree.root() == root_of(leaves) == read_range(size, reader(leaves)).root()
        tree.append(hash_leaf(size.to_bytes(2, "big")))


def test_every_inclusion_proof_proves_its_leaf_and_nothing_else() -> None:
    for size in range(1, 34):
        leaves = leaves_of(size)
        root = root_of(leaves)
        for index in range(size):
            leaf = hash_leaf(leaves[index])
            path = prove_inclusion(index, size, reader(leaves))
            verify_inclusion(leaf, index, size, path, root)
            wrong = [
                (hash_leaf(b"other"), index, size, path, root),
                (leaf, index + 1, size, path, root),
                (leaf, index ^ 1, size, path, root) if size > 1 else (leaf, -1, size, path, root),
                (leaf, index, size, [*path, root], root),
                (leaf, index, size, [root, *path], root),
                (leaf, index, size, path, EMPTY_ROOT),
                (leaf, index, 0, path, root),
            ]
            wrong += [
                (leaf, index, size, [*path[:at], EMPTY_ROOT, *path[at + 1 :]], root)
                for at in range(len(path))
            ]
            wrong += [(leaf, index, size, path[:-1], root)] if path else []
            for proof in wrong:
                with pytest.raises(ProofInvalid):
                    verify_inclusion(*proof)


def test_every_consistency_proof_proves_its_sizes_and_nothing_else() -> None:
    for new in range(1, 34):
        leaves = leaves_of(new)
        root = root_of(leaves)
        for old in range(1, new + 1):
            old_root = root_of(leaves[:old])
            proof = prove_consistency(old, new, reader(leaves))
            verify_consistency(old, new, old_root, root, proof)
            wrong = [
                (old, new, EMPTY_ROOT, root, proof),
                (old, new, old_root, EMPTY_ROOT, proof),
                (old, new, old_root, root, [*proof, root]),
                (old, new, old_root, root, [EMPTY_ROOT, *proof]),
                (new + 1, new, old_root, root, proof),
                (-1, new, old_root, root, proof),
            ]
            wrong += [
                (old, new, old_root, root, [*proof[:at], b"x" * size, *proof[at + 1 :]])
                for at in range(len(proof))
                for size in (31, 32)
            ]
            wrong += [(old, new, old_root, root, proof[:-1])] if proof else []
            for each in wrong:
                with pytest.raises(ProofInvalid):
                    verify_consistency(*each)


def test_the_empty_tree_is_the_beginning_of_every_tree() -> None:
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, []) == 0
    assert verify_consistency(0, 5, EMPTY_ROOT, b"r" * 32, []) == 0
    for proof in ((0, 5, b"r" * 32, b"r" * 32, []), (0, 5, EMPTY_ROOT, b"r" * 32, [b"r" * 32])):
        with pytest.raises(ProofInvalid):
            verify_consistency(*proof)


@given(
    size=st.integers(1, 300),
    index=st.integers(0, 400),
    path=st.lists(st.binary(max_size=33), max_size=70),
)
def test_an_invented_proof_proves_nothing(size: int, index: int, path: list[bytes]) -> None:
    with pytest.raises(ProofInvalid):
        verify_inclusion(hash_leaf(b"invented"), index, size, path, hash_leaf(b"root"))
    with pytest.raises(ProofInvalid):
        verify_consistency(index + 1, size, hash_leaf(b"old"), hash_leaf(b"new"), path)


def test_appending_tells_of_the_nodes_of_every_eighth_level() -> None:
    tree, completed = CompactRange(), list[Node]()
    for index in range(600):
        completed += tree.append(hash_leaf(index.to_bytes(2, "big")))
    leaves = leaves_of(600)
    expected = [Node(8, at, root_of(leaves[at * 256 : at * 256 + 256])) for at in range(2)]
    assert completed == expected


def test_a_tree_of_65536_leaves_has_one_node_on_the_sixteenth_level() -> None:
    tree, completed = CompactRange(65_280, [b"%32d" % at for at in range(8)]), list[Node]()
    for _ in range(256):
        completed += tree.append(b"x" * 32)
    assert [(node.level, node.position) for node in completed] == [(8, 255), (16, 0)]


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(Malformed):
        prove_inclusion(3, 3, reader(INPUTS))
    with pytest.raises(Malformed):
        prove_consistency(4, 3, reader(INPUTS))
    with pytest.raises(Malformed):
        CompactRange(3, [b"x" * 32])
    assert prove_consistency(0, 3, reader(INPUTS)) == ()
