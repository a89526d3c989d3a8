"""The pool's books: how many connections may be open, and whose turn it is."""

import asyncio

import pytest

from remit.outbound.destination import Destination
from remit.outbound.errors import DoorBusy
from remit.outbound.pool import Capacity, Pool

ONE = Destination("https", "one.example", 443)
TWO = Destination("https", "two.example", 443)


def test_a_destination_has_no_more_than_its_share() -> None:
    pool = Pool(Capacity(per_destination=2, in_all=3))
    assert [pool.reserve(ONE) for _ in range(3)] == [True, True, False]
    assert pool.reserve(TWO)
    assert not pool.reserve(TWO)
    assert pool.open_in_all == 3


def test_what_is_taken_back_can_be_had_again() -> None:
    pool = Pool(Capacity(per_destination=1, in_all=1))
    assert pool.reserve(ONE)
    pool.cancel(ONE)
    assert pool.open_in_all == 0
    assert pool.reserve(TWO)


def test_who_waits_is_woken_in_turn_and_a_leaver_passes_the_turn_on() -> None:
    async def run() -> list[str]:
        pool = Pool(Capacity(per_destination=1, in_all=1))
        pool.reserve(ONE)
        woken: list[str] = []

        async def wait(name: str) -> None:
            await pool.wait()
            woken.append(name)

        first, second = (asyncio.create_task(wait(name)) for name in ("first", "second"))
        await asyncio.sleep(0)
        pool.cancel(ONE)
        first.cancel()  # Woken, and gone before it could look.
        await asyncio.wait((first, second), timeout=1)
        return woken

    assert asyncio.run(run()) == ["second"]


def test_too_many_waiters_are_refused() -> None:
    async def run() -> None:
        pool = Pool(Capacity(waiting=1))
        waiting = asyncio.create_task(pool.wait())
        await asyncio.sleep(0)
        with pytest.raises(DoorBusy):
            await pool.wait()
        waiting.cancel()
        await asyncio.wait((waiting,))

    asyncio.run(run())


def test_nothing_is_free_at_first() -> None:
    pool = Pool(Capacity())
    assert pool.take((ONE, "a")) is None
    assert pool.is_idle
