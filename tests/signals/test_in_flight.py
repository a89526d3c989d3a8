"""What is under way is cut by a stop on anything on its path, and by nothing else."""

import asyncio

import pytest

from remit.kernel.errors import Unavailable
from remit.kernel.ids import ROOT_TENANT, AgentId, RemitId, TenantId
from remit.signals.in_flight import Cut, InFlight
from remit.signals.targets import agent_target, everything, remit_target

ADA = agent_target(ROOT_TENANT, AgentId("agt_ada"))
BEA = agent_target(ROOT_TENANT, AgentId("agt_bea"))
WORK = remit_target(ROOT_TENANT, RemitId("rmt_work"))
ELSEWHERE = everything(TenantId("ten_other"))


def start(call):
    return asyncio.get_running_loop().create_task(call)


async def call(in_flight, *path, seen=None, stubborn_for=0.0):
    task = asyncio.current_task()
    with in_flight.register(path, task.cancel) as registration:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            if seen is not None:
                seen.append(registration.was_cut)
            if stubborn_for:
                await asyncio.sleep(stubborn_for)
            raise


def story_of(target):
    async def story():
        in_flight, seen = InFlight(), []
        task = start(call(in_flight, ADA, WORK, seen=seen))
        await asyncio.sleep(0)
        cut = await in_flight.cut((target,))
        done = task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return cut, done, seen, len(in_flight), in_flight

    return asyncio.run(story())


@pytest.mark.parametrize("target", [ADA, WORK, everything(ROOT_TENANT)])
def test_a_cut_hits_whatever_has_the_target_on_its_path_and_waits_for_it(target):
    cut, done, seen, left, in_flight = story_of(target)
    assert cut == Cut(cancelled=1, lingering=0)
    assert done
    assert seen == [True]
    assert left == 0
    assert not in_flight._by_key


@pytest.mark.parametrize("target", [BEA, ELSEWHERE])
def test_a_cut_leaves_other_paths_and_other_tenants_alone(target):
    cut, done, seen, _, _ = story_of(target)
    assert cut == Cut(0, 0)
    assert not done
    assert seen == [False]


def test_a_cut_does_not_wait_for_ever_and_says_who_lingers():
    async def story():
        in_flight = InFlight()
        quick = start(call(in_flight, ADA))
        slow = start(call(in_flight, ADA, stubborn_for=0.3))
        await asyncio.sleep(0)
        before = asyncio.get_running_loop().time()
        cut = await in_flight.cut((ADA,), within=0.05)
        took = asyncio.get_running_loop().time() - before
        await asyncio.gather(quick, slow, return_exceptions=True)
        return cut, took, len(in_flight)

    cut, took, left = asyncio.run(story())
    assert cut == Cut(cancelled=2, lingering=1)
    assert took < 0.3
    assert left == 0


def test_a_call_is_cancelled_once_however_often_it_is_cut():
    async def story():
        in_flight, cancelled = InFlight(), []
        registration = in_flight.register((ADA,), lambda: cancelled.append(True))
        await in_flight.cut((ADA,), within=0)
        await in_flight.cut((WORK, ADA, everything(ROOT_TENANT)), within=0)
        registration.release()
        return cancelled

    assert asyncio.run(story()) == [True]


def test_a_call_that_cannot_be_cancelled_does_not_save_the_others():
    async def story():
        in_flight, cancelled = InFlight(), []

        def fail():
            first.release()
            raise OSError("no")

        first = in_flight.register((ADA,), fail)
        second = in_flight.register((ADA,), lambda: (cancelled.append(True), second.release()))
        with pytest.raises(ExceptionGroup) as raised:
            await in_flight.cut((ADA,))
        return cancelled, raised.value

    cancelled, error = asyncio.run(story())
    assert cancelled == [True]
    assert error.subgroup(OSError)


def test_what_lets_go_within_its_cancellation_is_not_waited_for():
    async def story():
        in_flight = InFlight()
        registration = None

        def let_go():
            registration.release()

        registration = in_flight.register((ADA,), let_go)
        return await in_flight.cut((ADA,))

    assert asyncio.run(story()) == Cut(1, 0)


def test_letting_go_twice_does_no_harm():
    in_flight = InFlight()
    first = in_flight.register((ADA,), lambda: None)
    second = in_flight.register((ADA, ADA), lambda: None)
    first.release()
    first.release()
    assert len(in_flight) == 1
    second.release()
    assert not in_flight._by_key


def test_there_is_a_limit_to_what_is_under_way():
    in_flight = InFlight(limit=1)
    with in_flight.register((ADA,), lambda: None), pytest.raises(Unavailable):
        in_flight.register((ADA,), lambda: None)
    in_flight.register((ADA,), lambda: None)


def test_draining_takes_no_more_waits_a_while_and_cuts_the_rest():
    async def story():
        in_flight, seen = InFlight(), []
        willing = in_flight.register((ADA,), lambda: None)
        task = start(call(in_flight, WORK, seen=seen))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(willing.release)
        cut = await in_flight.drain(grace=0.02)
        with pytest.raises(Unavailable):
            in_flight.register((ADA,), lambda: None)
        await asyncio.gather(task, return_exceptions=True)
        return cut, seen, len(in_flight)

    assert asyncio.run(story()) == (Cut(1, 0), [True], 0)


def test_draining_an_idle_process_returns_at_once():
    assert asyncio.run(InFlight().drain(grace=30)) == Cut(0, 0)
