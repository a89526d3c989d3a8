"""An agent always has a human owner, moves by the table alone, and takes its tokens with it."""

import asyncio

import pytest

from remit.identity.lifecycle import IllegalTransition, Step
from remit.identity.principals import AgentState
from remit.identity.registrars.agents import AgentTerms
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import AgentId, HumanId, TenantId
from remit.signals.clearance import EpochPassed
from remit.signals.targets import agent_target
from tests.identity.town import TEN, TERMS, Town


@pytest.fixture
def town():
    return Town()


def step(town, agent, which, **more):
    verb = town.registry.agents.step(TEN, agent.id, which, by=agent.owner, reason="because", **more)
    return asyncio.run(verb)


def clear(town, agent):
    return town.stops.clear(TEN, (agent_target(TEN, agent.id),))


def test_an_agent_is_proposed_first_and_may_do_nothing(town):
    agent = asyncio.run(town.agent(active=False))
    assert agent.state is AgentState.PROPOSED
    assert town.directory.agents.load_named(TEN, "ada") is agent


def test_without_a_human_owner_of_the_tenant_there_is_no_agent(town):
    carol = asyncio.run(town.carol())
    agents = town.registry.agents
    with pytest.raises(NotFound):
        asyncio.run(agents.register(TEN, "ada", TERMS, owner=HumanId("hum_x"), by=carol.id))
    other = asyncio.run(town.registry.humans.register_first(TenantId("ten_b"), "eve"))
    with pytest.raises(NotFound):
        asyncio.run(agents.register(TEN, "ada", TERMS, owner=other.id, by=carol.id))
    with pytest.raises(NotFound):
        asyncio.run(agents.register(TEN, "ada", TERMS, owner=carol.id, by=other.id))
    assert town.directory.agents.find_named(TEN, "ada") is None


def test_a_name_is_never_given_again_not_even_a_retired_ones(town):
    agent = asyncio.run(town.agent())
    step(town, agent, Step.RETIRE)
    with pytest.raises(Conflict):
        asyncio.run(town.agent())


@pytest.mark.parametrize(
    "terms",
    [
        AgentTerms("", frozenset({"a"}), "p"),
        AgentTerms("s", frozenset(), "p"),
        AgentTerms("s", frozenset({""}), "p"),
        AgentTerms("s", frozenset({"a"}), "p\n"),
        AgentTerms("s", frozenset(map(str, range(65))), "p"),
    ],
)
def test_terms_that_say_nothing_are_refused(town, terms):
    carol = asyncio.run(town.carol())
    with pytest.raises(Malformed):
        asyncio.run(town.registry.agents.register(TEN, "ada", terms, owner=carol.id, by=carol.id))


@pytest.mark.parametrize(
    ("which", "state", "record"),
    [
        (Step.SUSPEND, AgentState.SUSPENDED, "agent.suspended"),
        (Step.QUARANTINE, AgentState.QUARANTINED, "agent.quarantined"),
        (Step.RETIRE, AgentState.RETIRED, "agent.retired"),
    ],
)
def test_what_takes_away_kills_tokens_and_cuts_calls_before_it_returns(town, which, state, record):
    agent = asyncio.run(town.agent())
    clearance, cut = clear(town, agent), []

    async def story():
        path = (agent_target(TEN, agent.id),)
        registration = town.in_flight.register(path, lambda: cut.append(True))
        try:
            return await town.registry.agents.step(
                TEN, agent.id, which, by=agent.owner, reason="suspicious"
            )
        finally:
            registration.release()

    after = asyncio.run(story())
    assert (after.state, cut, town.journal.types()[-1]) == (state, [True], record)
    assert town.journal.records[-1].reason == "suspicious"
    with pytest.raises(EpochPassed):
        town.stops.check_again(clearance)
    with pytest.raises(EpochPassed):
        town.stops.clear_under(TEN, (agent_target(TEN, agent.id),), clearance.epochs)


def test_reinstating_gives_no_dead_token_back(town):
    agent = asyncio.run(town.agent())
    epochs = clear(town, agent).epochs
    step(town, agent, Step.SUSPEND)
    assert step(town, agent, Step.REINSTATE).state is AgentState.ACTIVE
    with pytest.raises(EpochPassed):
        town.stops.clear_under(TEN, (agent_target(TEN, agent.id),), epochs)


def test_an_illegal_step_changes_nothing(town):
    agent = asyncio.run(town.agent())
    with pytest.raises(IllegalTransition):
        step(town, agent, Step.REINSTATE)
    assert town.directory.agents.load(TEN, agent.id) is agent
    assert clear(town, agent).epochs[agent.id] == 0


def test_a_stale_revision_is_refused_before_and_within_the_transaction(town):
    agent = asyncio.run(town.agent())
    with pytest.raises(Conflict):
        step(town, agent, Step.SUSPEND, revision=agent.revision - 1)

    async def race():
        agents = town.registry.agents
        verbs = [
            agents.step(TEN, agent.id, which, by=agent.owner, reason="because")
            for which in (Step.SUSPEND, Step.QUARANTINE)
        ]
        return await asyncio.gather(*verbs, return_exceptions=True)

    first, second = asyncio.run(race())
    assert first.state is AgentState.SUSPENDED
    assert isinstance(second, Conflict)
    assert town.directory.agents.load(TEN, agent.id) == first
    assert clear(town, agent).epochs[agent.id] == 1


def test_a_transfer_needs_another_human_and_kills_tokens(town):
    agent = asyncio.run(town.agent())
    agents, epochs = town.registry.agents, clear(town, agent).epochs
    dan = asyncio.run(town.registry.humans.register(TEN, "dan", by=agent.owner))

    def transfer(to):
        return asyncio.run(
            agents.transfer(TEN, agent.id, to, by=agent.owner, reason="carol leaves")
        )

    with pytest.raises(NotFound):
        transfer(HumanId("hum_nobody"))
    with pytest.raises(Malformed):
        transfer(agent.owner)
    assert transfer(dan.id).owner == dan.id
    assert town.journal.records[-1].owner_before == agent.owner
    with pytest.raises(EpochPassed):
        town.stops.clear_under(TEN, (agent_target(TEN, agent.id),), epochs)


def test_a_retired_agent_is_neither_transferred_nor_amended(town):
    agent = asyncio.run(town.agent())
    dan = asyncio.run(town.registry.humans.register(TEN, "dan", by=agent.owner))
    step(town, agent, Step.RETIRE)
    agents = town.registry.agents
    with pytest.raises(IllegalTransition):
        asyncio.run(agents.transfer(TEN, agent.id, dan.id, by=dan.id, reason="why"))
    with pytest.raises(IllegalTransition):
        asyncio.run(agents.amend(TEN, agent.id, TERMS, by=dan.id))


@pytest.mark.parametrize(
    ("terms", "epoch"),
    [
        (AgentTerms("invoicing", frozenset({"billing", "support", "new"}), "production"), 0),
        (AgentTerms("invoicing", frozenset({"billing"}), "production"), 1),
        (AgentTerms("invoicing", frozenset({"billing", "support"}), "test"), 1),
        (AgentTerms("other", frozenset({"billing", "support"}), "production"), 1),
    ],
)
def test_tokens_outlive_an_amendment_only_if_purposes_grew(town, terms, epoch):
    agent = asyncio.run(town.agent())
    after = asyncio.run(town.registry.agents.amend(TEN, agent.id, terms, by=agent.owner))
    assert after.purposes == terms.purposes
    assert clear(town, agent).epochs[agent.id] == epoch


def test_no_verb_reaches_into_another_tenant(town):
    agent = asyncio.run(town.agent())
    other = TenantId("ten_b")
    eve = asyncio.run(town.registry.humans.register_first(other, "eve"))
    agents = town.registry.agents
    with pytest.raises(NotFound):
        asyncio.run(agents.step(other, agent.id, Step.SUSPEND, by=eve.id, reason="why"))
    with pytest.raises(NotFound):
        asyncio.run(agents.step(TEN, agent.id, Step.SUSPEND, by=eve.id, reason="why"))
    unknown = agents.step(TEN, AgentId("agt_x"), Step.SUSPEND, by=agent.owner, reason="why")
    with pytest.raises(NotFound):
        asyncio.run(unknown)


def test_a_verb_without_a_reason_is_refused(town):
    agent = asyncio.run(town.agent())
    with pytest.raises(Malformed):
        asyncio.run(
            town.registry.agents.step(TEN, agent.id, Step.SUSPEND, by=agent.owner, reason="")
        )
