"""A call may be cut wherever it is."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from remit.outbound.errors import UpstreamTimeout
from remit.proxy.errors import CallCut
from remit.proxy.under_way import UnderWay
from remit.signals.clearance import EpochPassed


def going(test: Callable[[UnderWay], Awaitable[None]], timeout_in: float = 5.0) -> None:
    async def within() -> None:
        await test(UnderWay(lambda: None, timeout_in))

    asyncio.run(within())


async def never() -> None:
    await asyncio.Event().wait()


def test_a_cut_ends_the_wait_that_the_call_is_in() -> None:
    async def test(call: UnderWay) -> None:
        asyncio.get_running_loop().call_later(0.01, call.cut)
        with pytest.raises(CallCut):
            await call.wait(never())
        with pytest.raises(CallCut):
            call.check()

    going(test)


def test_a_cut_before_the_wait_ends_it_too() -> None:
    async def test(call: UnderWay) -> None:
        call.cut()
        with pytest.raises(CallCut):
            await call.wait(never())

    going(test)


def test_a_cut_beside_a_slow_reader_closes_the_answer() -> None:
    closed: list[bool] = []

    async def test(call: UnderWay) -> None:
        call.answered(lambda: closed.append(True))
        call.cut()
        assert closed == [True]

    going(test)


def test_a_call_lives_so_long_and_no_longer() -> None:
    async def test(call: UnderWay) -> None:
        with pytest.raises(UpstreamTimeout) as ended:
            await call.wait(never())
        assert ended.value.may_have_effect
        call.extend(5.0)
        assert await call.wait(asyncio.sleep(0, "done")) == "done"

    going(test, timeout_in=0.01)


def test_a_cancellation_of_the_caller_stays_one() -> None:
    async def test(call: UnderWay) -> None:
        task = asyncio.get_running_loop().create_task(call.wait(never()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    going(test)


def test_what_is_waited_for_keeps_its_own_errors() -> None:
    async def failing() -> None:
        raise EpochPassed("x")

    async def test(call: UnderWay) -> None:
        with pytest.raises(EpochPassed):
            await call.wait(failing())
        call.check()

    going(test)


def test_a_check_asks_whether_the_clearance_still_holds() -> None:
    def passed() -> None:
        raise EpochPassed("moved")

    async def within() -> None:
        with pytest.raises(EpochPassed):
            UnderWay(passed, 1.0).check()

    asyncio.run(within())


def test_a_stop_refuses_what_was_not_sent_and_cuts_what_was_answered() -> None:
    # Only a refusal may be answered with 401: it invites the caller to try again (law 14).
    def stopped() -> None:
        raise EpochPassed("stopped since")

    async def within() -> None:
        call = UnderWay(stopped, 5.0)
        with pytest.raises(EpochPassed):
            call.check()
        call.answered(lambda: None)
        with pytest.raises(CallCut):
            call.check()

    asyncio.run(within())
