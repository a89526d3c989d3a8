"""Stops against clears, in any order and at the same moment: what was stopped stays stopped.

Watermarks never fall, in memory or on the disk, over lifts, restarts and failures; and no decision
made after a stop returned succeeds.
"""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from remit.audit.journal import AuditUnavailable
from remit.kernel.errors import Conflict
from remit.kernel.ids import ROOT_TENANT, AgentId, HumanId, RemitId, TenantId
from remit.signals.clearance import EpochPassed, Stopped
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.signals.targets import agent_target, everything, remit_target
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from tests.signals.fake_journal import FakeJournal

TEN, OTHER, BY = ROOT_TENANT, TenantId("ten_other"), HumanId("hum_carol")
ADA, BEA = (agent_target(TEN, AgentId(f"agt_{name}")) for name in ("ada", "bea"))
WORK = remit_target(TEN, RemitId("rmt_work"))
TARGETS = (ADA, BEA, WORK, everything(TEN), everything(OTHER))
targets = st.sampled_from(TARGETS)
paths = st.lists(st.sampled_from((ADA, BEA, WORK)), max_size=3, unique=True).map(tuple)


class StopMachine(RuleBasedStateMachine):
    placed = Bundle("placed")
    minted = Bundle("minted")

    def __init__(self):
        super().__init__()
        self.journal = FakeJournal()
        self.entropy = FakeEntropy()
        self.standing = {}
        self.held = set()
        self.marks = {}
        self.stops = self.make()

    def make(self):
        stops = Stops(self.journal, InFlight(), FakeClock(), self.entropy)
        stops.load(self.journal)
        return stops

    def is_barred(self, target):
        return target in self.held or target in self.standing.values()

    @rule(target=placed, which=targets)
    def stop(self, which):
        stop = asyncio.run(self.stops.stop(which, by=BY, reason="drill"))
        self.standing[stop.id] = which
        self.held.discard(which)
        self.marks[which] = self.marks.get(which, 0) + 1
        return stop

    @rule(which=targets)
    def fail_to_stop(self, which):
        self.journal.faults.append(AuditUnavailable("disk full"))
        with pytest.raises(AuditUnavailable):
            asyncio.run(self.stops.stop(which, by=BY, reason="drill"))
        self.held.add(which)

    @rule(stop=placed)
    def lift(self, stop):
        lift = self.stops.lift(stop.target.tenant, stop.id, by=BY, reason="over")
        if self.standing.pop(stop.id, None) is None:
            with pytest.raises(Conflict):
                asyncio.run(lift)
        else:
            asyncio.run(lift)

    @rule()
    def restart(self):
        # What was held was never committed here; the disk says so.
        self.stops, self.held = self.make(), set()

    @rule(target=minted, path=paths)
    def mint(self, path):
        if any(self.is_barred(each) for each in (*path, everything(TEN))):
            with pytest.raises(Stopped):
                self.stops.clear(TEN, path)
            return (path, None, {})
        clearance = self.stops.clear(TEN, path)
        return (path, clearance, {each: self.marks.get(each, 0) for each in path})

    @rule(token=minted)
    def use(self, token):
        path, clearance, marks = token
        if clearance is None:
            return
        is_everything_still = clearance.epochs["everything"] == self.marks.get(everything(TEN), 0)
        is_alive = (
            is_everything_still
            and all(self.marks.get(each, 0) == mark for each, mark in marks.items())
            and not any(self.is_barred(each) for each in (*path, everything(TEN)))
        )
        if is_alive:
            assert self.stops.check_again(clearance) is clearance
            assert self.stops.clear_under(TEN, path, clearance.epochs) == clearance
        else:
            with pytest.raises(Stopped):
                self.stops.check_again(clearance)
            with pytest.raises(Stopped):
                self.stops.clear_under(TEN, path, clearance.epochs)

    @invariant()
    def watermarks_are_what_was_ever_raised(self):
        committed = self.journal.load_watermarks()
        for target in TARGETS:
            mark = self.marks.get(target, 0)
            assert committed.get((target.tenant, target.key), 0) == mark
            assert self.stops._watermark(target.tenant, target.key) == mark

    @invariant()
    def exactly_what_is_barred_is_refused(self):
        for target in TARGETS:
            is_barred = self.is_barred(target) or self.is_barred(everything(target.tenant))
            if is_barred:
                with pytest.raises(Stopped):
                    self.stops.clear(target.tenant, (target,))
            else:
                assert self.stops.clear(target.tenant, (target,))


TestStops = StopMachine.TestCase
TestStops.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(targets, st.integers(0, 6)), min_size=1, max_size=4), paths)
def test_no_decision_after_a_stop_returned_succeeds(stoppings, path):
    async def story():
        journal, in_flight = FakeJournal(), InFlight()
        stops = Stops(journal, in_flight, FakeClock(), FakeEntropy())
        over, effects = [], []

        async def stop(target, delay):
            for _ in range(delay):
                await asyncio.sleep(0)
            await stops.stop(target, by=BY, reason="race")
            over.append(target)

        async def call():
            # As the proxy does: cleared, then registered, then checked, and only then an effect.
            while True:
                await asyncio.sleep(0)
                clearance = stops.clear(TEN, path)
                await asyncio.sleep(0)
                with in_flight.register(path, asyncio.current_task().cancel):
                    stops.check_again(clearance)
                    assert not set(over) & {*path, everything(TEN)}
                    effects.append(True)
                    await asyncio.sleep(0)
                    # Still within the call: a stop that has returned must have cut it.
                    assert not set(over) & {*path, everything(TEN)}

        loop = asyncio.get_running_loop()
        calling = loop.create_task(call())
        await asyncio.gather(*(stop(*each) for each in stoppings))
        hits = {target for target, _ in stoppings} & {*path, everything(TEN)}
        if hits:
            with pytest.raises((Stopped, EpochPassed, asyncio.CancelledError)):
                await asyncio.wait_for(calling, 5)
        else:
            assert not calling.done()
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)
        assert len(in_flight) == 0

    asyncio.run(story())
