"""A wrap opens under exactly the key and the place that it commits to."""

from dataclasses import replace

import pytest

from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import InstanceId, TenantId
from remit.kernel.secret import Secret
from remit.vault.sealing import Place
from remit.vault.wrapping import draw_key, unwrap, wrap, wrapped_term
from remit.vault.xaes import Unsealable

PLACE = Place(InstanceId("ins_a"), TenantId("ten_a"), "key_ring", "ten_a", "term", 1, 0)
ENTROPY = SystemEntropy()


def test_a_wrapped_key_comes_back() -> None:
    outer, inner = draw_key(ENTROPY), draw_key(ENTROPY)
    wrapped = wrap(outer, 3, PLACE, inner, ENTROPY)
    assert unwrap(outer, PLACE, wrapped).open() == inner.open()
    assert wrapped_term(wrapped) == 3


def test_another_key_or_place_is_refused_by_the_commitment() -> None:
    outer = draw_key(ENTROPY)
    wrapped = wrap(outer, 1, PLACE, draw_key(ENTROPY), ENTROPY)
    with pytest.raises(Unsealable, match="commits to another"):
        unwrap(draw_key(ENTROPY), PLACE, wrapped)
    with pytest.raises(Unsealable, match="commits to another"):
        unwrap(outer, replace(PLACE, row="ten_b"), wrapped)


@pytest.mark.parametrize("at", [0, 31, 32, 37, 60, -1])
def test_an_altered_wrap_is_refused(at: int) -> None:
    outer = draw_key(ENTROPY)
    wrapped = bytearray(wrap(outer, 1, PLACE, draw_key(ENTROPY), ENTROPY))
    wrapped[at] ^= 1
    with pytest.raises(Unsealable):
        unwrap(outer, PLACE, bytes(wrapped))


def test_a_key_does_not_show_itself() -> None:
    key = Secret(b"k" * 32)
    assert "kkk" not in repr(key) + str(key) + f"{key}"
