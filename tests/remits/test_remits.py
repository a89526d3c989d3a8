"""Remits by their verbs: each audited once, and what ends is dead when the verb returns."""

import asyncio
from datetime import timedelta

import pytest

from remit.audit.journal import AuditUnavailable, LimitReached, RequireDocument
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import AgentId, HumanId, TenantId
from remit.remits.book import KIND
from remit.remits.remit import RemitState
from remit.remits.remits import count_derivation
from remit.remits.states import IllegalTransition, Step
from remit.signals.clearance import EpochPassed, Stopped
from tests.identity.town import TEN
from tests.remits.desk import Office


@pytest.fixture
def office():
    return Office()


def assert_dead(office, remit, clearance):
    with pytest.raises(EpochPassed):
        office.stops.check_again(clearance)
    with pytest.raises(EpochPassed):
        office.stops.clear_under(TEN, office.path(remit), clearance.epochs)


def test_a_remit_is_proposed_first_and_permits_nothing_until_it_is_activated(office):
    remit = office.create(active=False)
    assert (remit.state, remit.revision) == (RemitState.PROPOSED, 1)
    assert office.step(remit, Step.ACTIVATE).state is RemitState.ACTIVE
    assert office.journal.types()[-2:] == ["remit.created", "remit.activated"]


def test_an_unknown_agent_human_or_tenant_makes_no_remit(office):
    create = office.remits.create
    for verb in (
        create(TEN, "q3", AgentId("agt_x"), office.terms(), by=office.by),
        create(TEN, "q3", office.ada.id, office.terms(), by=HumanId("hum_x")),
        create(TenantId("ten_b"), "q3", office.ada.id, office.terms(), by=office.by),
    ):
        with pytest.raises(NotFound):
            asyncio.run(verb)
    assert list(office.book.of(TEN)) == []


def test_a_name_is_never_given_again(office):
    office.create()
    office.stop()
    with pytest.raises(Conflict):
        office.create()


@pytest.mark.parametrize(
    ("step", "record"),
    [
        (Step.SUSPEND, "remit.suspended"),
        (Step.STOP, "remit.stopped"),
        (Step.COMPLETE, "remit.completed"),
    ],
)
def test_what_ends_a_remit_kills_its_tokens(office, step, record):
    remit = office.create()
    clearance = office.clear(remit)
    office.step(remit, step)
    assert office.journal.types()[-1] == record
    assert_dead(office, remit, clearance)


def test_a_suspended_remit_comes_back_without_its_old_tokens(office):
    remit = office.create()
    clearance = office.clear(remit)
    office.step(remit, Step.SUSPEND)
    assert office.step(remit, Step.REINSTATE).state is RemitState.ACTIVE
    assert_dead(office, remit, clearance)


def test_stopping_one_by_name_leaves_the_agents_others_alone(office):
    office.create("one")
    other = office.create("two", office.terms(office.entry(office.chat)))
    clearance = office.clear(other)
    assert office.stop("one").state is RemitState.STOPPED
    assert office.stops.check_again(clearance)
    assert office.book.of_agent(TEN, office.ada.id) == (other,)


def test_a_stopped_remit_is_over_for_ever(office):
    remit = office.create()
    office.stop()
    for step in Step:
        with pytest.raises(IllegalTransition):
            office.step(remit, step)
    with pytest.raises(IllegalTransition):
        office.stop()
    with pytest.raises(IllegalTransition):
        office.revise(remit, office.terms())
    with pytest.raises(NotFound):
        office.stop("nothing")


def test_a_stop_cuts_calls_before_it_returns(office):
    remit, cut = office.create(), []

    async def story():
        registration = office.in_flight.register(office.path(remit), lambda: cut.append(True))
        try:
            await office.remits.stop(TEN, "q3", by=office.by, reason="cancelled")
        finally:
            registration.release()

    asyncio.run(story())
    assert cut == [True]


@pytest.mark.parametrize("step", [Step.SUSPEND, None])
def test_another_verb_that_comes_first_does_not_save_a_remit(office, step):
    remit = office.create()

    async def race():
        if step is None:
            terms = office.terms(office.entry(send=()))
            other = office.remits.revise(TEN, remit.id, terms, by=office.by, reason="more")
        else:
            other = office.remits.step(TEN, remit.id, step, by=office.by, reason="wait")
        stop = office.remits.stop(TEN, "q3", by=office.by, reason="cancelled")
        return await asyncio.gather(other, stop)

    _, stopped = asyncio.run(race())
    assert stopped.state is RemitState.STOPPED
    assert office.book.load(TEN, remit.id) == stopped
    assert stopped.revision == remit.revision + 2


def test_a_stop_that_never_gets_through_says_so(office):
    office.create()
    office.journal.faults.extend([Conflict("busy")] * 16)
    with pytest.raises(Conflict):
        office.stop()


def test_a_stop_that_the_disk_does_not_take_holds_the_remit_still(office):
    remit = office.create()
    office.journal.faults.append(AuditUnavailable("disk"))
    with pytest.raises(AuditUnavailable):
        office.stop()
    with pytest.raises(Stopped):
        office.clear(remit)


def test_a_revision_has_other_terms_the_same_state_and_no_tokens(office):
    remit = office.create()
    clearance = office.clear(remit)
    terms = office.terms(office.entry(send=()), purpose="support", max_derivations=3)
    after = office.revise(remit, terms)
    assert (after.state, after.purpose, after.max_derivations) == ("active", "support", 3)
    assert after.revision == remit.revision + 1
    assert after.authority_hash != remit.authority_hash
    assert_dead(office, remit, clearance)
    record = office.journal.records[-1]
    assert (record.authority_hash_before, record.authority_hash, record.widened) == (
        remit.authority_hash,
        after.authority_hash,
        True,
    )


def test_a_revision_is_narrower_only_if_every_part_of_it_is(office):
    def widened(**changes):
        entries = changes.pop("entries", ())
        terms = office.terms(*entries, **({"max_derivations": 5} | changes))
        office.revise(remit, terms)
        seen = office.journal.records[-1].widened
        office.revise(remit, first)
        return seen

    hour = timedelta(hours=1)
    now = office.clock.now()
    first = office.terms(office.entry(read=(), send=()), not_before=now, max_derivations=5)
    remit = office.create(terms=first)
    assert not widened()
    assert not widened(max_derivations=4, expires_at=now + hour / 2, not_before=now + hour / 4)
    assert widened(max_derivations=None)
    assert widened(max_derivations=6)
    assert widened(expires_at=now + 2 * hour)
    assert widened(not_before=now - hour)
    assert widened(purpose="support")
    assert widened(entries=(office.entry(office.chat),))


def test_what_has_expired_is_neither_activated_nor_reinstated_but_can_be_stopped(office):
    proposed = office.create("one", active=False)
    suspended = office.step(office.create("two"), Step.SUSPEND)
    office.clock.advance(3600)
    with pytest.raises(IllegalTransition):
        office.step(proposed, Step.ACTIVATE)
    with pytest.raises(IllegalTransition):
        office.step(suspended, Step.REINSTATE)
    assert office.stop("two").state is RemitState.STOPPED


def test_a_stale_revision_and_a_missing_reason_are_refused(office):
    remit = office.create()
    with pytest.raises(Conflict):
        office.step(remit, Step.SUSPEND, revision=1)
    with pytest.raises(Conflict):
        office.revise(remit, office.terms(), revision=1)
    with pytest.raises(Malformed):
        asyncio.run(office.remits.step(TEN, remit.id, Step.SUSPEND, by=office.by, reason=""))
    assert office.book.load(TEN, remit.id) is remit


def test_an_agent_retired_at_the_same_moment_is_given_nothing(office):
    from remit.identity.lifecycle import Step as AgentStep

    async def race():
        agents = office.registry.agents
        return await asyncio.gather(
            agents.step(TEN, office.ada.id, AgentStep.RETIRE, by=office.by, reason="gone"),
            office.remits.create(TEN, "q3", office.ada.id, office.terms(), by=office.by),
            return_exceptions=True,
        )

    _, created = asyncio.run(race())
    assert isinstance(created, Conflict)
    assert office.book.find_named(TEN, "q3") is None


def test_the_revision_is_the_documents_so_that_minting_can_demand_it(office):
    remit = office.create()
    demand = RequireDocument(TEN, KIND, remit.id, remit.revision)
    office.journal._apply(demand)
    office.step(remit, Step.SUSPEND)
    with pytest.raises(Conflict):
        office.journal._apply(demand)


def test_derivations_are_counted_up_to_the_limit(office):
    remit = office.create(terms=office.terms(max_derivations=2))
    for _ in range(2):
        office.journal._apply(count_derivation(remit))
    with pytest.raises(LimitReached):
        office.journal._apply(count_derivation(remit))


def test_a_restart_changes_nothing(office):
    office.create("one")
    office.step(office.create("two"), Step.SUSPEND)
    again = Office(office.journal)
    assert list(again.book.of(TEN)) == list(office.book.of(TEN))
    assert (
        again.clear(again.book.load_named(TEN, "two")).epochs
        == office.clear(office.book.load_named(TEN, "two")).epochs
    )


def test_each_verb_appended_exactly_one_record(office):
    before = office.journal.commits
    remit = office.create()
    office.revise(remit, office.terms())
    office.stop()
    assert office.journal.types()[-4:] == [
        "remit.created",
        "remit.activated",
        "remit.revised",
        "remit.stopped",
    ]
    assert office.journal.commits == before + 4
