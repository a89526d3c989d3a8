"""The fake clock moves only when it is told to."""

from datetime import timedelta

from remit.testing.clock import START, FakeClock


def test_time_stands_still_until_it_is_advanced() -> None:
    clock = FakeClock()
    before = clock.monotonic()
    assert clock.now() == clock.now() == START
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)
    assert clock.monotonic() == before + 1.5


def test_the_wall_clock_can_jump_while_the_other_goes_on() -> None:
    clock = FakeClock()
    before = clock.monotonic()
    clock.set_wall(START - timedelta(hours=1))
    assert clock.now() == START - timedelta(hours=1)
    assert clock.monotonic() == before
