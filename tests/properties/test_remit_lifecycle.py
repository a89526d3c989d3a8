"""Whatever people do to remits, in whatever order: only exactly `active`, in time, permits.

A model keeps what each remit should be; the machine compares after every step, also after restarts,
restores of the documents, and commits that fail.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from remit.kernel.errors import Conflict
from remit.remits.document import suspend_body
from remit.remits.remit import RemitState
from remit.remits.selection import NotInForce, load_in_force, select_remit
from remit.remits.states import IllegalTransition, Step
from remit.signals.clearance import Stopped
from tests.identity.town import TEN
from tests.remits.desk import Office

NAMES = ("one", "two")
ENDING = {Step.SUSPEND, Step.STOP, Step.COMPLETE}
LEADS = {
    ("proposed", Step.ACTIVATE): "active",
    ("active", Step.SUSPEND): "suspended",
    ("suspended", Step.REINSTATE): "active",
    ("active", Step.COMPLETE): "completed",
    ("suspended", Step.COMPLETE): "completed",
} | {(state, Step.STOP): "stopped" for state in ("proposed", "active", "suspended")}
names = st.sampled_from(NAMES)


class RemitMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.office = Office()
        self.parts = ("ada", "bea", "mail", "chat", "by")
        self.states = {}
        self.ends = {}
        self.epochs = dict.fromkeys(NAMES, 0)
        # The epochs and revision of one token for each remit, minted while it was active.
        self.tokens = {}

    def remit(self, name):
        return self.office.book.load_named(TEN, name)

    def is_over(self, name):
        return self.office.clock.now() >= self.ends[name]

    @rule(name=names)
    def create(self, name):
        if name in self.states:
            with pytest.raises(Conflict):
                self.office.create(name, active=False)
            return
        remit = self.office.create(name, active=False)
        self.states[name], self.ends[name] = "proposed", remit.expires_at

    @precondition(lambda self: self.states)
    @rule(name=names, step=st.sampled_from(Step), fails=st.booleans())
    def step(self, name, step, fails):
        if name not in self.states:
            return
        leads = LEADS.get((self.states[name], step))
        if step in (Step.ACTIVATE, Step.REINSTATE) and self.is_over(name):
            leads = None
        if leads is None:
            with pytest.raises(IllegalTransition):
                self.office.step(self.remit(name), step)
        elif fails:
            self.office.journal.faults.append(Conflict("somebody was first"))
            with pytest.raises(Conflict):
                self.office.step(self.remit(name), step)
        else:
            self.office.step(self.remit(name), step)
            self.states[name] = leads
            self.end(name, step in ENDING)

    @precondition(lambda self: self.states)
    @rule(name=names, hours=st.integers(1, 3))
    def revise(self, name, hours):
        if self.states.get(name) in (None, "stopped", "completed"):
            return
        ends = self.office.clock.now() + timedelta(hours=hours)
        self.office.revise(self.remit(name), self.office.terms(expires_at=ends))
        self.ends[name] = ends
        self.end(name, True)

    @rule(minutes=st.sampled_from((1, 59, 61)))
    def wait(self, minutes):
        self.office.clock.advance(60 * minutes)

    @precondition(lambda self: self.states)
    @rule(name=names)
    def mint(self, name):
        if self.states.get(name) == "active" and not self.is_over(name):
            remit = self.remit(name)
            self.tokens[name] = (self.office.clear(remit).epochs, remit.revision)

    @rule(restored=st.booleans())
    def restart(self, restored):
        journal, before = self.office.journal, self.office
        if restored:
            for key, document in journal.documents.items():
                if document.kind == "remit":
                    journal.documents[key] = replace(document, body=suspend_body(document.body))
            for name, state in self.states.items():
                self.states[name] = "suspended" if state == "active" else state
        self.office = Office(journal)
        self.office.clock = before.clock
        self.office.remits._clock = before.clock
        for part in self.parts:
            setattr(self.office, part, getattr(before, part))

    def end(self, name, ended):
        if ended:
            self.epochs[name] += 1
            self.tokens.pop(name, None)

    @invariant()
    def only_active_and_in_time_permits(self):
        now = self.office.clock.now()
        for name, state in self.states.items():
            remit = self.remit(name)
            assert remit.state == state
            if state == "active" and not self.is_over(name):
                assert load_in_force(remit, now) is remit
                assert select_remit(self.office.book, self.office.ada, None, name, now) is remit
            else:
                with pytest.raises(NotInForce):
                    load_in_force(remit, now)
                with pytest.raises(NotInForce):
                    select_remit(self.office.book, self.office.ada, None, name, now)

    @invariant()
    def memory_is_what_is_committed(self):
        journal = self.office.journal
        for name in self.states:
            remit = self.remit(name)
            assert journal.documents[TEN, "remit", remit.id].revision == remit.revision
            assert journal.watermarks.get((TEN, remit.id), 0) == self.epochs[name]
            assert self.office.clear(remit).epochs[remit.id] == self.epochs[name]

    @invariant()
    def what_is_over_covers_nothing(self):
        living = {remit.id for remit in self.office.book.of_agent(TEN, self.office.ada.id)}
        expected = {
            self.remit(name).id
            for name, state in self.states.items()
            if RemitState(state) not in (RemitState.STOPPED, RemitState.COMPLETED)
        }
        assert living == expected

    @invariant()
    def only_tokens_that_nothing_ended_are_alive(self):
        for name, (epochs, _) in self.tokens.items():
            remit = self.remit(name)
            clearance = self.office.stops.clear_under(TEN, self.office.path(remit), epochs)
            assert clearance.epochs == epochs
        for name, state in self.states.items():
            if name not in self.tokens and self.epochs[name]:
                older = {self.remit(name).id: self.epochs[name] - 1}
                with pytest.raises(Stopped):
                    self.office.stops.clear_under(TEN, self.office.path(self.remit(name)), older)
            assert state


TestRemits = RemitMachine.TestCase
TestRemits.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_of_verbs_at_the_same_moment_one_is_committed_and_memory_is_it():
    office = Office()
    remit = office.create()

    async def race():
        verbs = [
            office.remits.step(TEN, remit.id, step, by=office.by, reason="race")
            for step in (Step.SUSPEND, Step.COMPLETE, Step.STOP)
        ]
        return await asyncio.gather(*verbs, return_exceptions=True)

    outcomes = asyncio.run(race())
    (done,) = (each for each in outcomes if not isinstance(each, Exception))
    assert all(isinstance(each, Conflict) for each in outcomes if each is not done)
    assert office.book.load(TEN, remit.id) == done
    assert office.clear(remit).epochs[remit.id] == 1
