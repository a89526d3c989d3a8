"""Agents: active once applied, themselves alone, and what a person suspended stays suspended."""

import pytest

from remit.identity.lifecycle import Step as Lifecycle
from remit.identity.principals import Agent, AgentState
from remit.identity.registrars.agents import AgentTerms
from remit.identity.trust import IdentityBinding
from remit.kernel.ids import ROOT_TENANT
from remit.manifest.yaml import ManifestError
from tests.manifest.scene import AGENT, HUMAN, ISSUER, Control, changes, run

GROUND = f"{HUMAN}---{ISSUER}"
IDENTITY = '    - {name: ada-forge, issuer: forge, claims: {sub: "repo:ada"}}\n'


def agent_of(control: Control, name: str = "ada") -> Agent:
    return control.directory.agents.load_named(ROOT_TENANT, name)


def bindings_of(control: Control) -> list[IdentityBinding]:
    return [each for each in control.directory.bindings.of(ROOT_TENANT) if not each.retired]


def applied() -> Control:
    control = Control()
    control.apply(GROUND, AGENT)
    return control


def step(control: Control, which: Lifecycle) -> None:
    agents, agent = control.agents, agent_of(control)
    run(agents.step(ROOT_TENANT, agent.id, which, by=control.alice, reason="a test"))


def test_an_applied_agent_is_active_and_bound() -> None:
    control = applied()
    agent = agent_of(control)
    assert agent.state is AgentState.ACTIVE
    assert (agent.owner, agent.purposes) == (control.alice, {"support"})
    (binding,) = bindings_of(control)
    assert (binding.agent, dict(binding.claims)) == (agent.id, {"sub": "repo:ada"})


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("owner: alice", "owner: bob", "owner: alice -> bob"),
        ("system: helpdesk", "system: desk", "system: helpdesk -> desk"),
        ("environment: test", "environment: live", "environment: test -> live"),
        ("[support]", "[support, sales]", "purposes: support -> sales,support"),
    ],
)
def test_what_differs_is_shown_and_changed(before: str, after: str, what: str) -> None:
    control = applied()
    (done,) = control.apply(AGENT.replace(before, after))
    assert (done.change, done.what) == ("update", what)
    assert changes(control.plan(AGENT.replace(before, after))) == ["unchanged Agent ada"]


def test_other_claims_are_demanded_of_the_same_binding() -> None:
    control = applied()
    (before,) = bindings_of(control)
    (done,) = control.apply(AGENT.replace("repo:ada", "repo:other"))
    assert done.what == (
        "identities: ada-forge (forge: sub='repo:ada') -> ada-forge (forge: sub='repo:other')"
    )
    (after,) = bindings_of(control)
    assert after.id == before.id
    assert dict(after.claims) == {"sub": "repo:other"}


def test_an_identity_that_is_no_longer_declared_is_nobody_any_more() -> None:
    control = applied()
    control.apply(AGENT.replace("  identities:\n" + IDENTITY, "  identities: []\n"))
    assert bindings_of(control) == []


def test_an_identity_that_was_removed_does_not_come_back_under_its_name() -> None:
    control = applied()
    control.apply(AGENT.replace("  identities:\n" + IDENTITY, "  identities: []\n"))
    with pytest.raises(ManifestError, match="was removed: take another name"):
        control.plan(AGENT)
    control.apply(AGENT.replace("ada-forge", "ada-again"))
    assert [each.name for each in bindings_of(control)] == ["ada-again"]


def test_an_identity_never_moves_to_another_issuer_unnoticed() -> None:
    control = applied()
    other = ISSUER.replace("forge", "mint")
    moved = AGENT.replace("issuer: forge", "issuer: mint")
    with pytest.raises(ManifestError, match="is one of forge: take another name"):
        control.plan(other, moved)
    (binding,) = bindings_of(control)
    assert control.directory.issuers.load(ROOT_TENANT, binding.issuer).name == "forge"


def test_an_identity_of_another_agent_is_not_taken_over() -> None:
    control = applied()
    with pytest.raises(ManifestError, match="another agent's"):
        control.plan(AGENT.replace("name: ada}", "name: eve}"))


def test_two_identities_of_one_name_are_refused() -> None:
    control = Control()
    with pytest.raises(ManifestError, match="same name"):
        control.plan(GROUND, AGENT + IDENTITY)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("owner: alice", "owner: eve", r":6: Agent ada: there is no Human named 'eve'"),
        ("issuer: forge", "issuer: mint", r":11: Agent ada: there is no TrustIssuer named 'mint'"),
    ],
)
def test_what_is_referred_to_must_be_there(before: str, after: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        Control().plan(GROUND, AGENT.replace(before, after))


@pytest.mark.parametrize(
    ("taken", "state"),
    [
        (Lifecycle.SUSPEND, AgentState.SUSPENDED),
        (Lifecycle.QUARANTINE, AgentState.QUARANTINED),
    ],
)
def test_what_a_person_stopped_stays_so_whatever_is_applied(
    taken: Lifecycle, state: AgentState
) -> None:
    control = applied()
    step(control, taken)
    assert changes(control.apply(AGENT)) == ["unchanged Agent ada"]
    control.apply(AGENT.replace("helpdesk", "desk"))
    assert agent_of(control).state is state
    assert agent_of(control).system == "desk"


def test_a_retired_agents_name_is_not_given_again() -> None:
    control = applied()
    step(control, Lifecycle.RETIRE)
    with pytest.raises(ManifestError, match="is retired"):
        control.plan(AGENT)


def test_an_agent_that_was_left_proposed_is_activated() -> None:
    control = Control()
    control.apply(GROUND)
    terms = AgentTerms("helpdesk", frozenset({"support"}), "test")
    registering = control.agents.register(
        ROOT_TENANT, "ada", terms, owner=control.alice, by=control.alice
    )
    run(registering)
    (done,) = control.apply(AGENT)
    assert done.what.endswith("state: proposed -> active")
    assert agent_of(control).state is AgentState.ACTIVE
    assert len(bindings_of(control)) == 1
