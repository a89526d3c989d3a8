"""A binding pins who a subject is, and takes its agent's tokens along when it goes."""

import asyncio

import pytest

from remit.identity.lifecycle import Step
from remit.identity.registrars.bindings import Subject, verify_claims
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import AgentId, HumanId, TrustIssuerId
from remit.signals.clearance import EpochPassed
from remit.signals.targets import agent_target
from tests.identity.town import TEN, URL, Town, issuer_terms

CLAIMS = {"repository_id": "74", "ref": "refs/heads/main"}


class Bound(Town):
    def __init__(self):
        super().__init__()
        self.ada = asyncio.run(self.agent())
        self.by = self.ada.owner
        register = self.registry.issuers.register(TEN, "forge", URL, issuer_terms(), by=self.by)
        self.issuer = asyncio.run(register)

    def bind(self, name="ci", claims=CLAIMS, agent=None, issuer=None, by=None):
        subject = Subject(issuer or self.issuer.id, claims, agent or self.ada.id)
        return asyncio.run(self.registry.bindings.bind(TEN, name, subject, by=by or self.by))

    def clear(self):
        return self.stops.clear(TEN, (agent_target(TEN, self.ada.id),))


@pytest.fixture
def town():
    return Bound()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"ref": "main"},
        {"repository": "owner/name", "email": "a@b.example"},
        {"sub": ""},
        {"": "x", "sub": "y"},
        {"sub": "x" * 513},
        {"sub": "x", "jti": "1"},
        {"sub": "x", "aud": "remit"},
        {f"c{number}_id": "x" for number in range(17)},
    ],
    ids=range(9),
)
def test_claims_that_do_not_say_who_a_subject_is_are_refused(town, claims):
    with pytest.raises(Malformed):
        town.bind(claims=claims)


def test_claims_cannot_be_changed_afterwards():
    claims = dict(CLAIMS)
    verified = verify_claims(claims)
    claims["ref"] = "refs/heads/evil"
    assert verified == CLAIMS
    with pytest.raises(TypeError):
        verified["ref"] = "refs/heads/evil"


def test_the_same_claims_are_bound_once(town):
    town.bind()
    other = asyncio.run(town.agent("bea"))
    with pytest.raises(Conflict):
        town.bind("ci-2", agent=other.id)
    second = town.bind("ci-3", {"repository_id": "75"}, other.id)
    with pytest.raises(Conflict):
        asyncio.run(town.registry.bindings.replace(TEN, second.id, CLAIMS, by=town.by))


def test_both_sides_are_known_and_living(town):
    with pytest.raises(NotFound):
        town.bind(agent=AgentId("agt_x"))
    with pytest.raises(NotFound):
        town.bind(issuer=TrustIssuerId("iss_x"))
    with pytest.raises(NotFound):
        town.bind(by=HumanId("hum_x"))
    step = town.registry.agents.step(TEN, town.ada.id, Step.RETIRE, by=town.by, reason="over")
    asyncio.run(step)
    with pytest.raises(Conflict):
        town.bind()
    other = asyncio.run(town.agent("bea"))
    asyncio.run(town.registry.issuers.retire(TEN, town.issuer.id, by=town.by, reason="over"))
    with pytest.raises(Conflict):
        town.bind(agent=other.id)


def test_an_issuer_retired_at_the_same_moment_is_bound_to_nobody(town):
    async def race():
        subject = Subject(town.issuer.id, CLAIMS, town.ada.id)
        return await asyncio.gather(
            town.registry.issuers.retire(TEN, town.issuer.id, by=town.by, reason="over"),
            town.registry.bindings.bind(TEN, "ci", subject, by=town.by),
            return_exceptions=True,
        )

    _, bound = asyncio.run(race())
    assert isinstance(bound, Conflict)
    assert town.directory.bindings.find_named(TEN, "ci") is None


def test_unbinding_kills_the_agents_tokens_and_frees_the_claims_but_not_the_name(town):
    binding, clearance = town.bind(), town.clear()
    unbind = town.registry.bindings.unbind(TEN, binding.id, by=town.by, reason="moved")
    assert asyncio.run(unbind).retired
    with pytest.raises(EpochPassed):
        town.stops.check_again(clearance)
    with pytest.raises(Conflict):
        town.bind()
    again = town.bind("ci-2")
    assert town.directory.bindings_of(town.issuer) == (again,)
    with pytest.raises(Conflict):
        asyncio.run(town.registry.bindings.unbind(TEN, binding.id, by=town.by, reason="again"))


def test_demanding_other_claims_kills_the_agents_tokens(town):
    binding, clearance = town.bind(), town.clear()
    claims = {**CLAIMS, "environment": "production"}
    after = asyncio.run(town.registry.bindings.replace(TEN, binding.id, claims, by=town.by))
    assert after.claims == claims
    assert after.agent == binding.agent
    with pytest.raises(EpochPassed):
        town.stops.check_again(clearance)
