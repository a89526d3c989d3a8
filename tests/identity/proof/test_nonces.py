import pytest

from remit.identity.proof.nonces import NONCE_LIFE_IN, STEP_IN, Nonces
from remit.kernel.oauth import UseDPoPNonce
from remit.kernel.secret import Secret
from tests.identity.fakes import Counted, StillClock

SITE = Secret(bytes(range(32)))


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture(params=["process", "site"])
def nonces(request, clock):
    if request.param == "process":
        return Nonces.of_process(Counted(), clock)
    return Nonces.of_site(SITE, clock)


def test_a_nonce_is_accepted_within_its_window_and_the_next(nonces, clock):
    nonce = nonces.current()
    assert nonces.verify(nonce) == nonce
    clock.pass_(STEP_IN)
    assert nonces.verify(nonce) == nonce


def test_a_nonce_is_refused_after_its_life(nonces, clock):
    nonce = nonces.current()
    clock.pass_(NONCE_LIFE_IN)
    with pytest.raises(UseDPoPNonce):
        nonces.verify(nonce)


def test_a_fresh_nonce_is_handed_out_as_time_goes(nonces, clock):
    before = nonces.current()
    clock.pass_(STEP_IN)
    assert nonces.current() != before


@pytest.mark.parametrize("nonce", [None, "", "a", "A" * 24, "é", "\ud800"])
def test_what_was_never_handed_out_is_refused(nonces, nonce):
    with pytest.raises(UseDPoPNonce):
        nonces.verify(nonce)


def test_a_nonce_of_before_a_restart_of_the_process_is_refused(clock):
    chance = Counted()
    before = Nonces.of_process(chance, clock).current()
    with pytest.raises(UseDPoPNonce):
        Nonces.of_process(chance, clock).verify(before)


def test_a_nonce_of_the_site_survives_a_restart(clock):
    nonce = Nonces.of_site(SITE, clock).current()
    assert Nonces.of_site(SITE, clock).verify(nonce) == nonce


def test_a_nonce_of_a_sibling_whose_clock_is_ahead_is_accepted(clock):
    ahead = StillClock()
    ahead.pass_(STEP_IN)
    nonce = Nonces.of_site(SITE, ahead).current()
    assert Nonces.of_site(SITE, clock).verify(nonce) == nonce


def test_a_nonce_of_another_site_is_refused(clock):
    nonce = Nonces.of_site(Secret(bytes(32)), clock).current()
    with pytest.raises(UseDPoPNonce):
        Nonces.of_site(SITE, clock).verify(nonce)


def test_a_wall_clock_set_back_revives_no_nonce_of_a_process(clock):
    nonces = Nonces.of_process(Counted(), clock)
    nonce = nonces.current()
    clock.pass_(NONCE_LIFE_IN)
    clock.instant = StillClock().instant
    with pytest.raises(UseDPoPNonce):
        nonces.verify(nonce)


def test_a_short_secret_makes_no_nonces(clock):
    with pytest.raises(ValueError, match="32 bytes"):
        Nonces(Secret(b"short"), clock.monotonic)


def test_a_nonce_is_made_of_what_a_header_can_carry(nonces):
    # RFC 9449 section 8.1: NQCHAR.
    assert all("!" <= character <= "~" and character not in '"\\' for character in nonces.current())
