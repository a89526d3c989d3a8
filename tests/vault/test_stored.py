"""Versions of a secret: numbered once, the newest enabled one used, the destroyed ones gone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import Conflict, NotFound
from remit.kernel.ids import HumanId, SecretId, TenantId
from remit.vault.envelope import Envelope
from remit.vault.stored import (
    SecretVersion,
    StoredSecret,
    VersionState,
    change_state,
    decode_secret,
    encode_secret,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENABLED, DISABLED, DESTROYED = VersionState


def version(number: int, state: VersionState = ENABLED) -> SecretVersion:
    envelope = None if state is DESTROYED else Envelope(b"wrapped %d" % number, b"sealed")
    return SecretVersion(number, state, NOW, envelope)


def secret(*states: VersionState) -> StoredSecret:
    versions = tuple(version(number, state) for number, state in enumerate(states, start=1))
    return StoredSecret(
        TenantId("ten_a"), SecretId("sec_a"), "key", HumanId("hum_a"), versions, revision=1
    )


@pytest.mark.parametrize(
    ("states", "current"),
    [
        ((), None),
        ((ENABLED,), 1),
        ((ENABLED, ENABLED), 2),
        ((ENABLED, DISABLED), 1),
        ((ENABLED, DESTROYED), 1),
        ((DISABLED, DESTROYED), None),
    ],
)
def test_the_newest_enabled_version_is_the_one_in_use(
    states: tuple[VersionState, ...], current: int | None
) -> None:
    found = secret(*states).find_current()
    assert (None if found is None else found.number) == current


@pytest.mark.parametrize("number", [-1, 0, 3])
def test_a_version_that_never_was_is_not_found(number: int) -> None:
    with pytest.raises(NotFound):
        secret(ENABLED, ENABLED).load_version(number)


def test_a_version_number_is_never_given_again() -> None:
    stored = secret(ENABLED, DESTROYED)
    assert stored.next_number == 3
    assert stored.with_version(version(3)).next_number == 4


def test_changing_one_version_leaves_the_others_alone() -> None:
    stored = secret(ENABLED, ENABLED, ENABLED)
    changed = stored.with_version(change_state(stored.load_version(2), DISABLED))
    assert [each.state for each in changed.versions] == [ENABLED, DISABLED, ENABLED]
    assert [each.number for each in changed.versions] == [1, 2, 3]


def test_what_is_destroyed_has_no_envelope_and_never_comes_back() -> None:
    destroyed = change_state(version(1), DESTROYED)
    assert destroyed.envelope is None
    for state in VersionState:
        with pytest.raises(Conflict):
            change_state(destroyed, state)


def test_a_disabled_version_can_be_used_again() -> None:
    envelope = version(1).envelope
    assert change_state(change_state(version(1), DISABLED), ENABLED).envelope == envelope


@given(st.lists(st.sampled_from(VersionState), max_size=5), st.integers(1, 1000))
def test_what_is_stored_comes_back(states: list[VersionState], revision: int) -> None:
    stored = secret(*states)
    again = decode_secret(encode_secret(stored), revision)
    assert again.versions == stored.versions
    assert again.revision == revision
