"""What was begun is ended and heard, whoever goes away meanwhile."""

import asyncio

import pytest

from remit.kernel.completion import carry_through


async def cancelled_while(work, release):
    task = asyncio.get_running_loop().create_task(carry_through(work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    release.set()
    return await asyncio.gather(task, return_exceptions=True)


def test_its_answer_is_the_works_answer():
    async def story():
        async def work():
            await asyncio.sleep(0)
            return 7

        return await carry_through(work())

    assert asyncio.run(story()) == 7


def test_its_error_is_the_works_error():
    async def work():
        raise KeyError("lost")

    with pytest.raises(KeyError):
        asyncio.run(carry_through(work()))


def test_a_cancelled_caller_waits_for_the_end_and_is_cancelled_then():
    async def story():
        release, done = asyncio.Event(), []

        async def work():
            await release.wait()
            done.append(True)

        (outcome,) = await cancelled_while(work(), release)
        return outcome, done

    outcome, done = asyncio.run(story())
    assert isinstance(outcome, asyncio.CancelledError)
    assert done == [True]


def test_a_failure_is_heard_although_the_caller_was_cancelled():
    async def story():
        release = asyncio.Event()

        async def work():
            await release.wait()
            raise KeyError("lost")

        (outcome,) = await cancelled_while(work(), release)
        return outcome

    assert isinstance(asyncio.run(story()), KeyError)
