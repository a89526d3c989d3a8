import pytest

from remit.identity.proof.dpop import ACCEPTANCE_IN, AHEAD_IN
from remit.identity.proof.nonces import NONCE_LIFE_IN
from remit.identity.proof.replay import REMEMBER_IN, ReplayWindow
from remit.kernel.errors import Unavailable
from remit.kernel.oauth import InvalidDPoPProof
from tests.identity.fakes import StillClock, proof_of


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def window(clock):
    return ReplayWindow(clock)


def test_the_first_use_of_a_proof_confirms_its_key(window):
    confirmation = window.claim(proof_of("one"))
    assert confirmation.jkt == "k" * 43
    assert confirmation.claim is None


def test_a_replayed_proof_is_refused(window):
    window.claim(proof_of("one"))
    with pytest.raises(InvalidDPoPProof):
        window.claim(proof_of("one"))


def test_a_jti_belongs_to_its_key(window):
    window.claim(proof_of("one"))
    window.claim(proof_of("one", jkt="j" * 43))


def test_a_proof_is_remembered_as_long_as_it_or_its_nonce_could_pass():
    assert REMEMBER_IN >= NONCE_LIFE_IN
    assert REMEMBER_IN > ACCEPTANCE_IN + AHEAD_IN


@pytest.mark.parametrize("before", [0, 1, REMEMBER_IN - 1, REMEMBER_IN, 1.5 * REMEMBER_IN])
def test_a_proof_is_remembered_wherever_in_a_generation_it_was_claimed(window, clock, before):
    clock.pass_(before)
    window.claim(proof_of("one"))
    for _ in range(4):
        clock.pass_(REMEMBER_IN / 4 - 0.01)
        window.claim(proof_of(f"at {clock.monotonic()}"))
        with pytest.raises(InvalidDPoPProof):
            window.claim(proof_of("one"))


def test_a_wall_clock_set_back_forgets_nothing(window, clock):
    window.claim(proof_of("one"))
    clock.pass_(ACCEPTANCE_IN)
    clock.instant = StillClock().instant
    with pytest.raises(InvalidDPoPProof):
        window.claim(proof_of("one"))


def test_memory_is_given_back(window, clock):
    for number in range(100):
        window.claim(proof_of(str(number)))
    clock.pass_(REMEMBER_IN)
    window.claim(proof_of("later"))
    assert len(window) == 101
    clock.pass_(REMEMBER_IN)
    window.claim(proof_of("later still"))
    assert len(window) == 2


def test_a_long_silence_empties_it_at_once(window, clock):
    window.claim(proof_of("one"))
    clock.pass_(2 * REMEMBER_IN)
    window.claim(proof_of("two"))
    assert len(window) == 1


def test_a_full_memory_refuses_rather_than_forgets(clock):
    window = ReplayWindow(clock, capacity=3)
    for number in range(3):
        window.claim(proof_of(str(number)))
    with pytest.raises(Unavailable):
        window.claim(proof_of("one too many"))
    with pytest.raises(InvalidDPoPProof):
        window.claim(proof_of("0"))
    clock.pass_(REMEMBER_IN)
    window.claim(proof_of("after a while"))
