"""A sealed record opens under its own key, in its own place, unaltered: and never otherwise."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import InstanceId, TenantId
from remit.kernel.secret import Secret
from remit.vault.sealing import Place, read_term, seal, unseal
from remit.vault.xaes import Unsealable

KEY = Secret(bytes(32))
PLACE = Place(InstanceId("ins_a"), TenantId("ten_a"), "secret", "sec_a", "value", 1, 0)
ENTROPY = SystemEntropy()


@given(st.binary(max_size=2000), st.integers(0, 2**32 - 1))
def test_what_was_sealed_is_opened(value: bytes, term: int) -> None:
    record = seal(KEY, term, PLACE, Secret(value), ENTROPY)
    assert unseal(KEY, PLACE, record).open() == value
    assert read_term(record) == term


@pytest.mark.parametrize("field", [field.name for field in fields(Place)])
def test_a_record_moved_to_another_place_is_unreadable(field: str) -> None:
    record = seal(KEY, 1, PLACE, Secret(b"value"), ENTROPY)
    old = getattr(PLACE, field)
    elsewhere = replace(PLACE, **{field: old + 1 if isinstance(old, int) else old + "x"})
    with pytest.raises(Unsealable):
        unseal(KEY, elsewhere, record)


@given(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4), st.text(max_size=4))
def test_no_two_places_share_their_bytes(a: str, b: str, c: str, d: str) -> None:
    one, two = replace(PLACE, table=a, row=b), replace(PLACE, table=c, row=d)
    record = seal(KEY, 1, one, Secret(b"value"), ENTROPY)
    if one == two:
        assert unseal(KEY, two, record).open() == b"value"
    else:
        with pytest.raises(Unsealable):
            unseal(KEY, two, record)


@given(st.data())
def test_an_altered_record_is_refused(data: st.DataObject) -> None:
    record = bytearray(seal(KEY, 7, PLACE, Secret(b"value"), ENTROPY))
    at = data.draw(st.integers(0, len(record) - 1))
    record[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unsealable):
        unseal(KEY, PLACE, bytes(record))


@given(st.binary(max_size=80))
def test_bytes_that_are_no_record_are_refused(noise: bytes) -> None:
    with pytest.raises(Unsealable):
        unseal(KEY, PLACE, noise)


def test_another_algorithm_is_refused_by_name() -> None:
    record = bytearray(seal(KEY, 7, PLACE, Secret(b"value"), ENTROPY))
    record[4] = 9
    with pytest.raises(Unsealable, match="algorithm 9"):
        unseal(KEY, PLACE, bytes(record))
