"""A key ring keeps old terms readable, seals under the newest, opens under its own root only."""

import pytest

from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import InstanceId, TenantId
from remit.vault.keyring import add_term, create_ring, decode_ring, encode_ring, open_ring
from remit.vault.wrapping import draw_key
from remit.vault.xaes import Unsealable

ENTROPY = SystemEntropy()
INSTANCE = InstanceId("ins_a")
TENANT = TenantId("ten_a")


def test_a_new_term_seals_and_the_old_one_stays_readable() -> None:
    root = draw_key(ENTROPY)
    ring = create_ring(TENANT, root, INSTANCE, ENTROPY)
    first = open_ring(ring, root, INSTANCE)
    second = open_ring(add_term(ring, root, INSTANCE, ENTROPY), root, INSTANCE)
    assert (first.current[0], second.current[0]) == (1, 2)
    assert second.key_of(1).open() == first.current[1].open()
    assert second.key_of(1).open() != second.key_of(2).open()


def test_a_ring_survives_being_stored() -> None:
    ring = create_ring(TENANT, draw_key(ENTROPY), INSTANCE, ENTROPY)
    assert decode_ring(encode_ring(ring), 0) == ring


def test_another_root_or_installation_does_not_open_it() -> None:
    root = draw_key(ENTROPY)
    ring = create_ring(TENANT, root, INSTANCE, ENTROPY)
    with pytest.raises(Unsealable):
        open_ring(ring, draw_key(ENTROPY), INSTANCE)
    with pytest.raises(Unsealable):
        open_ring(ring, root, InstanceId("ins_b"))


def test_an_unknown_term_is_refused() -> None:
    root = draw_key(ENTROPY)
    opened = open_ring(create_ring(TENANT, root, INSTANCE, ENTROPY), root, INSTANCE)
    with pytest.raises(Unsealable, match="term 9"):
        opened.key_of(9)


def test_an_open_ring_does_not_print_its_keys() -> None:
    root = draw_key(ENTROPY)
    opened = open_ring(create_ring(TENANT, root, INSTANCE, ENTROPY), root, INSTANCE)
    assert "keys" not in repr(opened)
