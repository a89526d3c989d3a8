"""A refusal says which stop it was, to the log alone."""

from remit.kernel.ids import StopId
from remit.signals.clearance import EpochPassed, Stopped


def test_a_refusal_knows_its_stop_and_does_not_tell_the_wire():
    refusal = Stopped("agt_a is stopped", StopId("stp_1"))
    assert refusal.stop == "stp_1"
    assert "agt_a" not in refusal.description


def test_a_passed_epoch_is_a_stop_too():
    assert issubclass(EpochPassed, Stopped)
    assert EpochPassed("older").stop is None
