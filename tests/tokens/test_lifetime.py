from datetime import timedelta

import pytest

from remit.kernel.oauth import InvalidGrant
from remit.tokens.lifetime import limit_lifetime
from tests.identity.fakes import NOW


def lifetime(remit=86400.0, assertion=86400.0, longest=600):
    return limit_lifetime(
        NOW,
        remit_expires_at=NOW + timedelta(seconds=remit),
        assertion_expires_at=NOW + timedelta(seconds=assertion),
        longest_seconds=longest,
    )


def test_ten_minutes_are_the_most_whatever_the_site_says():
    assert lifetime(longest=600) == 600
    assert lifetime(longest=86400) == 600
    assert lifetime(longest=300) == 300


@pytest.mark.parametrize(("left", "seconds"), [(599.9, 599), (30, 30), (1, 1)])
def test_a_token_never_outlives_its_remit(left, seconds):
    assert lifetime(remit=left) == seconds
    assert lifetime(remit=left, assertion=0) == min(seconds, 60)


@pytest.mark.parametrize("left", [0.9, 0, -1, -86400])
def test_nothing_is_minted_of_a_remit_that_has_ended(left):
    with pytest.raises(InvalidGrant):
        lifetime(remit=left)


@pytest.mark.parametrize(
    ("left", "seconds"),
    [(400, 600), (300, 600), (200, 400), (31, 62), (30, 60), (1, 60), (-20, 60)],
)
def test_an_assertion_is_worth_twice_what_is_left_of_it_and_a_minute_at_least(left, seconds):
    assert lifetime(assertion=left) == seconds


def test_a_site_that_gives_nothing_gives_nothing():
    with pytest.raises(InvalidGrant):
        lifetime(longest=0)
