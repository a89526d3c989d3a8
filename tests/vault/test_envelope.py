"""Envelopes: one data key a version; swapping two of anything makes both unreadable."""

import pytest

from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import InstanceId, SecretId, TenantId
from remit.kernel.secret import Secret
from remit.vault.envelope import Envelope, close, open_envelope, rewrap
from remit.vault.keyring import OpenRing, add_term, create_ring, open_ring
from remit.vault.wrapping import draw_key, wrapped_term
from remit.vault.xaes import Unsealable

ENTROPY = SystemEntropy()
INSTANCE = InstanceId("ins_a")
ROOT = draw_key(ENTROPY)
RING = create_ring(TenantId("ten_a"), ROOT, INSTANCE, ENTROPY)
A, B = SecretId("sec_a"), SecretId("sec_b")


def opened() -> OpenRing:
    return open_ring(RING, ROOT, INSTANCE)


def test_a_value_comes_back_from_its_own_envelope() -> None:
    envelope = close(opened(), A, 1, Secret(b"value"), ENTROPY)
    assert open_envelope(opened(), A, 1, envelope).open() == b"value"
    assert b"value" not in envelope.sealed_value + envelope.wrapped_key


@pytest.mark.parametrize(("secret", "version"), [(B, 1), (A, 2)])
def test_an_envelope_of_another_secret_or_version_is_refused(
    secret: SecretId, version: int
) -> None:
    envelope = close(opened(), A, 1, Secret(b"value"), ENTROPY)
    with pytest.raises(Unsealable):
        open_envelope(opened(), secret, version, envelope)


def test_a_value_under_another_versions_key_is_refused() -> None:
    one = close(opened(), A, 1, Secret(b"one"), ENTROPY)
    two = close(opened(), A, 1, Secret(b"two"), ENTROPY)
    with pytest.raises(Unsealable):
        open_envelope(opened(), A, 1, Envelope(one.wrapped_key, two.sealed_value))


def test_the_envelope_of_another_tenant_is_refused() -> None:
    envelope = close(opened(), A, 1, Secret(b"value"), ENTROPY)
    other = create_ring(TenantId("ten_b"), ROOT, INSTANCE, ENTROPY)
    with pytest.raises(Unsealable):
        open_envelope(open_ring(other, ROOT, INSTANCE), A, 1, envelope)


def test_rewrapping_moves_to_the_newest_term_and_leaves_the_value_alone() -> None:
    envelope = close(opened(), A, 1, Secret(b"value"), ENTROPY)
    rotated = open_ring(add_term(RING, ROOT, INSTANCE, ENTROPY), ROOT, INSTANCE)
    moved = rewrap(rotated, A, 1, envelope, ENTROPY)
    assert wrapped_term(moved.wrapped_key) == 2
    assert moved.sealed_value == envelope.sealed_value
    assert open_envelope(rotated, A, 1, moved).open() == b"value"
