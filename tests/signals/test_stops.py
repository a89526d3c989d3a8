"""A stop ends authority at once, for good, and even where the disk does not answer."""

import asyncio

import pytest

from remit.audit.journal import AuditUnavailable, WatermarkMoved
from remit.audit.records import Record
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import (
    ROOT_TENANT,
    AgentId,
    HumanId,
    RemitId,
    StopId,
    TenantId,
    ToolServerId,
)
from remit.signals.clearance import EpochPassed, Stopped
from remit.signals.events import StopEnded, TargetsHeld, TargetsSuperseded, TargetStopped
from remit.signals.in_flight import Cut, InFlight
from remit.signals.stops import Stops, watermarks_of
from remit.signals.targets import (
    Target,
    TargetKind,
    agent_target,
    everything,
    remit_target,
    tool_server_target,
)
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from tests.signals.fake_journal import FakeJournal

TEN = ROOT_TENANT
OTHER = TenantId("ten_other")
ADA = agent_target(TEN, AgentId("agt_ada"))
BEA = agent_target(TEN, AgentId("agt_bea"))
WORK = remit_target(TEN, RemitId("rmt_work"))
MAIL = tool_server_target(TEN, ToolServerId("tls_mail"))
PATH = (ADA, WORK, MAIL)
BY = HumanId("hum_carol")


class Superseding(Record, frozen=True, kw_only=True, tag="tested"):
    """A record of a test."""


class Scene:
    def __init__(self, journal=None):
        self.journal = FakeJournal() if journal is None else journal
        self.in_flight = InFlight()
        self.heard = []
        self.stops = Stops(
            self.journal, self.in_flight, FakeClock(), FakeEntropy(), (self.heard.append,)
        )
        self.stops.load(self.journal)

    async def stop(self, target=ADA):
        return await self.stops.stop(target, by=BY, reason="stolen key")

    async def lift(self, stop, tenant=TEN):
        return await self.stops.lift(tenant, stop.id, by=BY, reason="key replaced")

    def clear(self, path=PATH):
        return self.stops.clear(TEN, path)

    def is_clear(self, path=PATH):
        try:
            self.clear(path)
        except Stopped:
            return False
        return True


@pytest.fixture
def scene():
    return Scene()


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize("target", [*PATH, everything(TEN)])
def test_after_a_stop_of_anything_on_the_path_nothing_is_cleared(scene, target):
    assert scene.is_clear()
    stop = asyncio.run(scene.stop(target))
    with pytest.raises(Stopped) as refusal:
        scene.clear()
    assert refusal.value.stop == stop.id
    assert scene.journal.types() == ["stop.placed"]
    assert scene.heard == [TargetStopped(stop, Cut(0, 0))]


def test_everything_is_on_every_path_even_on_an_empty_one(scene):
    assert scene.clear(()).epochs == {"everything": 0}
    asyncio.run(scene.stop(everything(TEN)))
    assert not scene.is_clear(())


def test_a_stop_leaves_others_and_other_tenants_alone(scene):
    asyncio.run(scene.stop(ADA))
    assert scene.is_clear((BEA, MAIL))
    asyncio.run(scene.stop(everything(TEN)))
    theirs = agent_target(OTHER, AgentId("agt_ada"))
    assert scene.stops.clear(OTHER, (theirs,)).epochs == {"everything": 0, "agt_ada": 0}


def test_a_target_of_another_tenant_is_never_clear(scene):
    with pytest.raises(Stopped):
        scene.stops.clear(OTHER, (ADA,))


def test_lifting_lets_pass_again_but_the_watermark_stays(scene):
    before = scene.clear()
    stop = asyncio.run(scene.stop())
    lifted = asyncio.run(scene.lift(stop))
    assert scene.clear().epochs["agt_ada"] == 1
    assert lifted.lifted is not None
    assert scene.stops.load_stop(TEN, stop.id) == lifted
    assert scene.journal.types() == ["stop.placed", "stop.lifted"]
    assert scene.heard[-1] == StopEnded(lifted)
    with pytest.raises(EpochPassed):
        scene.stops.check_again(before)
    with pytest.raises(EpochPassed):
        scene.stops.clear_under(TEN, PATH, before.epochs)
    with pytest.raises(WatermarkMoved):
        scene.journal._apply(watermarks_of(before))


def test_stopping_twice_places_two_stops_and_lifting_one_leaves_the_other(scene):
    first, second = asyncio.run(scene.stop()), asyncio.run(scene.stop())
    asyncio.run(scene.lift(first))
    assert not scene.is_clear()
    asyncio.run(scene.lift(second))
    assert scene.clear().epochs["agt_ada"] == 2


def test_a_stop_is_lifted_once_and_by_its_own_tenant(scene):
    stop = asyncio.run(scene.stop())
    with pytest.raises(NotFound):
        asyncio.run(scene.lift(stop, OTHER))
    asyncio.run(scene.lift(stop))
    with pytest.raises(Conflict):
        asyncio.run(scene.lift(stop))
    with pytest.raises(NotFound):
        scene.stops.load_stop(TEN, StopId("stp_none"))


def test_a_stop_without_a_reason_or_with_a_false_target_is_refused_before_anything(scene):
    with pytest.raises(Malformed):
        asyncio.run(scene.stops.stop(ADA, by=BY, reason=" "))
    with pytest.raises(Malformed):
        asyncio.run(scene.stop(Target(TEN, TargetKind.REMIT, "agt_ada")))
    assert scene.is_clear()
    assert not scene.journal.records


def test_a_token_dies_with_its_epoch_and_one_that_names_none_was_of_the_first(scene):
    assert scene.stops.clear_under(TEN, PATH, {}).epochs["agt_ada"] == 0
    asyncio.run(scene.lift(asyncio.run(scene.stop())))
    for epochs in ({}, {"agt_ada": 0}, {"agt_ada": 2}):
        with pytest.raises(EpochPassed):
            scene.stops.clear_under(TEN, PATH, epochs)
    assert scene.stops.clear_under(TEN, PATH, {"agt_ada": 1}).epochs["agt_ada"] == 1


def test_a_token_dies_with_what_it_was_minted_under_though_the_path_does_not_name_it(scene):
    epochs = scene.clear((ADA, WORK)).epochs
    assert scene.stops.clear_under(TEN, (ADA,), epochs)
    asyncio.run(scene.lift(asyncio.run(scene.stop(WORK))))
    with pytest.raises(EpochPassed):
        scene.stops.clear_under(TEN, (ADA,), epochs)


def test_of_a_tenant_that_nothing_is_known_of_only_new_tokens_pass(scene):
    with pytest.raises(EpochPassed):
        scene.stops.clear_under(OTHER, (), {"agt_ada": 1})
    clearance = scene.stops.clear(OTHER, ())
    assert scene.stops.check_again(clearance) is clearance


def test_check_again_answers_with_the_same_clearance(scene):
    asyncio.run(scene.stop(BEA))
    clearance = scene.clear()
    assert scene.stops.check_again(clearance) is clearance
    asyncio.run(scene.stop(MAIL))
    with pytest.raises(Stopped):
        scene.stops.check_again(clearance)


def test_while_a_stop_is_being_committed_nobody_passes(scene):
    async def story():
        clearance = scene.clear()
        scene.journal.gate = asyncio.Event()
        stopping = asyncio.get_running_loop().create_task(scene.stop())
        await settle()
        seen = scene.is_clear()
        with pytest.raises(Stopped):
            scene.stops.check_again(clearance)
        scene.journal.gate.set()
        await stopping
        return seen

    assert asyncio.run(story()) is False


def test_a_call_in_flight_is_cut_before_the_stop_returns(scene):
    async def story():
        cut = []

        async def call():
            with scene.in_flight.register(PATH, asyncio.current_task().cancel):
                try:
                    await asyncio.sleep(30)
                finally:
                    cut.append(True)

        calling = asyncio.get_running_loop().create_task(call())
        await settle()
        await scene.stop(WORK)
        seen = list(cut)
        await asyncio.gather(calling, return_exceptions=True)
        return seen

    assert asyncio.run(story()) == [True]
    assert scene.heard[0].cut == Cut(1, 0)


@pytest.mark.parametrize("after", [False, True])
def test_a_stop_that_the_disk_refuses_holds_in_memory_and_cuts(scene, after):
    faults = scene.journal.faults_after if after else scene.journal.faults
    faults.append(AuditUnavailable("disk full"))

    async def story():
        cut = []
        registration = scene.in_flight.register(PATH, lambda: cut.append(True))
        with pytest.raises(AuditUnavailable):
            await scene.stop()
        registration.release()
        return cut

    assert asyncio.run(story()) == [True]
    assert not scene.is_clear()
    assert scene.stops.held(TEN) == ("agt_ada",)
    assert isinstance(scene.heard[0], TargetsHeld)
    # The same stop, once the disk is there again, settles it; and can be lifted.
    stop = asyncio.run(scene.stop())
    assert scene.stops.held(TEN) == ()
    asyncio.run(scene.lift(stop))
    assert scene.is_clear()


def test_a_stop_goes_on_although_whoever_asked_for_it_is_gone(scene):
    async def story():
        scene.journal.gate = asyncio.Event()
        stopping = asyncio.get_running_loop().create_task(scene.stop())
        await settle()
        stopping.cancel()
        await settle()
        scene.journal.gate.set()
        return await asyncio.gather(stopping, return_exceptions=True)

    (outcome,) = asyncio.run(story())
    assert isinstance(outcome, asyncio.CancelledError)
    assert scene.stops.held(TEN) == ()
    assert [stop.target for stop in scene.stops.of(TEN)] == [ADA]
    assert not scene.is_clear()


def test_superseding_raises_watermarks_cuts_and_places_no_stop(scene):
    async def story():
        cut, applied = [], []
        registration = scene.in_flight.register(PATH, lambda: cut.append(True))
        clearance = scene.clear()
        receipt = await scene.stops.supersede(
            (ADA, BEA),
            Superseding(tenant=TEN),
            (),
            lambda: applied.append(scene.stops.clear(TEN, ())),
        )
        registration.release()
        with pytest.raises(EpochPassed):
            scene.stops.check_again(clearance)
        return cut, applied, receipt

    cut, applied, receipt = asyncio.run(story())
    assert (cut, len(applied), receipt.durable) == ([True], 1, True)
    assert scene.clear((ADA, BEA)).epochs == {"everything": 0, "agt_ada": 1, "agt_bea": 1}
    assert list(scene.stops.of(TEN)) == []
    assert scene.journal.types() == ["tested"]
    assert isinstance(scene.heard[0], TargetsSuperseded)


def test_superseding_goes_on_although_whoever_asked_for_it_is_gone(scene):
    async def story():
        scene.journal.gate, applied = asyncio.Event(), []
        verb = scene.stops.supersede(
            (ADA,), Superseding(tenant=TEN), (), lambda: applied.append(True)
        )
        task = asyncio.get_running_loop().create_task(verb)
        await settle()
        task.cancel()
        await settle()
        scene.journal.gate.set()
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled(), applied

    assert asyncio.run(story()) == (True, [True])
    assert scene.clear().epochs["agt_ada"] == 1


def test_a_refused_change_leaves_everything_as_it_was(scene):
    scene.journal.faults.append(Conflict("revision"))
    clearance = scene.clear()
    with pytest.raises(Conflict):
        asyncio.run(scene.stops.supersede((ADA,), Superseding(tenant=TEN), (), pytest.fail))
    assert scene.stops.check_again(clearance)
    assert scene.heard == []


def test_a_change_of_unknown_outcome_holds_its_targets(scene):
    scene.journal.faults_after.append(AuditUnavailable("fsync"))
    with pytest.raises(AuditUnavailable):
        asyncio.run(scene.stops.supersede((ADA,), Superseding(tenant=TEN), (), pytest.fail))
    with pytest.raises(Stopped):
        scene.clear()
    assert scene.stops.held(TEN) == ("agt_ada",)
    assert scene.stops.held(OTHER) == ()


def test_after_a_restart_stops_stand_and_old_tokens_stay_dead(scene):
    token = scene.clear().epochs
    asyncio.run(scene.stop(WORK))
    lifted = asyncio.run(scene.stop(MAIL))
    asyncio.run(scene.lift(lifted))
    again = Scene(scene.journal)
    assert not again.is_clear((WORK,))
    assert again.clear((MAIL,)).epochs["tls_mail"] == 1
    with pytest.raises(EpochPassed):
        again.stops.clear_under(TEN, (ADA, MAIL), token)
    assert list(again.stops.of(TEN)) == list(scene.stops.of(TEN))


def test_a_stop_that_cannot_be_read_refuses_the_start(scene):
    stop = asyncio.run(scene.stop())
    key = (TEN, "stop", stop.id)
    found = scene.journal.documents[key]
    scene.journal.documents[key] = type(found)(*key, stop.id, 1, b'{"v":9}')
    with pytest.raises(Malformed):
        Scene(scene.journal)
