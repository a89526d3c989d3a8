"""The machine's clock, and the instants of records."""

from datetime import UTC, datetime, timedelta, timezone

from remit.kernel.clock import SystemClock, from_millis, to_millis


def test_the_machines_clock_says_utc_and_never_goes_back() -> None:
    clock = SystemClock()
    first, before = clock.now(), clock.monotonic()
    assert first.tzinfo is UTC
    assert clock.now() - first < timedelta(minutes=1)
    assert clock.monotonic() >= before


def test_an_instant_comes_back_from_milliseconds() -> None:
    instant = datetime(2026, 11, 22, 10, 30, 15, 123000, UTC)
    assert to_millis(instant) == 1795343415123
    assert from_millis(1795343415123) == instant
    assert to_millis(instant.astimezone(timezone(timedelta(hours=5)))) == to_millis(instant)
