"""tlog-proof files: proved offline, from the leaf, the file and a verifier key alone."""

import pytest

from remit.audit.checkpoint import TreeHead, sign_head, verifier_key
from remit.audit.leaf import draft
from remit.audit.proof import format_proof, verify_proof
from remit.audit.records import LogOpened
from remit.audit.tree import CompactRange, ProofInvalid, hash_leaf, prove_inclusion
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.errors import Malformed
from remit.kernel.ids import EventId, InstanceId, LogId, TenantId
from remit.kernel.secret import Secret

KEY = Ed25519SigningKey(Secret(b"k" * 32))
LOG = LogId("log_a")
KEYS = [verifier_key(LOG, KEY.public)]
RECORD = LogOpened(tenant=TenantId("ten_root"), instance=InstanceId("ins_a"), incarnation=1)
LEAVES = [draft(RECORD, LOG, EventId(f"evt_{at}"), at).leaf(at) for at in range(6)]


def subtree(level: int, position: int) -> bytes:
    tree = CompactRange()
    for leaf in LEAVES[position << level : (position + 1) << level]:
        tree.append(hash_leaf(leaf))
    return tree.root()


def checkpoint() -> bytes:
    tree = CompactRange()
    for leaf in LEAVES:
        tree.append(hash_leaf(leaf))
    return sign_head(TreeHead(LOG, 6, tree.root()), KEY).note


PROOF = format_proof(4, prove_inclusion(4, 6, subtree), checkpoint())


def test_a_proof_is_the_format_of_c2sp_and_proves_its_leaf() -> None:
    lines = PROOF.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "index 4"
    assert lines[4:6] == ["", "remit/log_a"]
    proved = verify_proof(PROOF, LEAVES[4], KEYS)
    assert (proved.index, proved.checkpoint.head.size) == (4, 6)


def test_extra_lines_are_not_trusted_but_allowed() -> None:
    verify_proof(PROOF.replace(b"index", b"extra aGVsbG8=\nindex", 1), LEAVES[4], KEYS)


def test_another_leaf_is_not_proved() -> None:
    for other in (LEAVES[3], LEAVES[4] + b" ", b""):
        with pytest.raises(Malformed):
            verify_proof(PROOF, other, KEYS)


def test_a_leaf_that_names_another_place_is_not_proved() -> None:
    leaves = [*LEAVES[:5], LEAVES[4]]
    tree = CompactRange()
    for leaf in leaves:
        tree.append(hash_leaf(leaf))
    note = sign_head(TreeHead(LOG, 6, tree.root()), KEY).note
    path = [hash_leaf(LEAVES[4]), subtree(2, 0)]
    with pytest.raises(ProofInvalid):
        verify_proof(format_proof(5, path, note), LEAVES[4], KEYS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"index 4", b"index 3"),
        (b"index 4", b"index 04"),
        (b"index 4\n", b""),
        (b"@v1", b"@v2"),
        (b"\n\n", b"\n"),
        (b"index 4\n", b"index 4\nAAAA\n"),
        (b"index 4\n", b"index 4\n" + b"A" * 200_000),
        (b"c2sp", b"\xff"),
        (b"remit/log_a\n6", b"remit/log_a\n7"),
        (b"", b"x"),
    ],
)
def test_an_altered_proof_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(Malformed):
        verify_proof(PROOF.replace(old, new, 1), LEAVES[4], KEYS)


def test_a_proof_under_an_unknown_key_is_refused() -> None:
    stranger = Ed25519SigningKey(Secret(b"s" * 32))
    with pytest.raises(Malformed):
        verify_proof(PROOF, LEAVES[4], [verifier_key(LOG, stranger.public)])
