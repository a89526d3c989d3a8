"""The shipped policies: bound tokens within a remit, for a purpose of the agent, and no more."""

from dataclasses import replace

import pytest

from remit.policy.decision import Denied
from remit.policy.shipped import SHIPPED, load_shipped
from tests.policy.scene import FACTS, compile_text, make_agent, make_call, make_mint

ENGINE = compile_text(load_shipped().text)
UNBOUND = replace(FACTS, bound=False)


def decide(request):
    decided = ENGINE.decide_call if hasattr(request, "tool") else ENGINE.decide_mint
    return decided(request)


def test_they_have_a_name_and_each_policy_an_id():
    assert load_shipped().name == SHIPPED
    assert decide(make_call()).policies == ("remit.call.bound",)
    assert decide(make_mint()).policies == ("remit.mint.bound",)
    assert decide(make_mint(tool_server=None)).policies == ("remit.mint.bound",)


@pytest.mark.parametrize("make", [make_call, make_mint])
def test_nothing_is_permitted_to_a_bearer(make):
    with pytest.raises(Denied) as caught:
        decide(make(facts=UNBOUND))
    assert (caught.value.code, caught.value.policies) == ("unbound", ())


@pytest.mark.parametrize("make", [make_call, make_mint])
def test_a_purpose_that_is_not_the_agents_is_forbidden(make):
    with pytest.raises(Denied) as caught:
        decide(make(agent=make_agent(purposes=frozenset({"sales"}))))
    assert (caught.value.code, caught.value.policies) == ("policy", ("remit.purpose",))


def test_an_operators_permit_lets_one_agent_come_without_a_key():
    engine = compile_text(
        load_shipped().text,
        '@id("legacy") permit (principal == Remit::Agent::"ada", action, resource);',
    )
    assert engine.decide_call(make_call(facts=UNBOUND)).policies == ("legacy",)
    with pytest.raises(Denied):
        engine.decide_call(make_call(facts=UNBOUND, agent=make_agent("bob")))
