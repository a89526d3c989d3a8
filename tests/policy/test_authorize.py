"""The order of the checks, and that each of them refuses by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from remit.identity.principals import AgentState
from remit.kernel.ids import AgentId, TenantId
from remit.policy.authorize import authorize_call, authorize_mint, filter_tools
from remit.policy.decision import Denied
from remit.remits.remit import AtMost, OneOf, RemitState
from remit.signals.clearance import Clearance
from tests.policy.scene import (
    FACTS,
    NOW,
    PERMIT_ALL,
    TEN,
    Permissive,
    clear,
    compile_text,
    make_agent,
    make_call,
    make_mint,
    make_remit,
    make_server,
    make_tool,
)

PROPOSED = make_agent(state=AgentState.PROPOSED)


def refused(authorize, request, clearance=None):
    engine = Permissive()
    with pytest.raises(Denied) as caught:
        authorize(request, clear(request) if clearance is None else clearance, engine)
    assert engine.asked == 0
    return caught.value.code


def with_remit(request, **changes):
    return replace(request, remit=replace(request.remit, **changes))


def test_a_call_within_everything_gets_a_permit_that_carries_it():
    request = make_call({"order": "o-1", "amount": 5})
    permit = authorize_call(request, clear(request), compile_text(PERMIT_ALL))
    assert permit.request is request
    assert permit.clearance == clear(request)
    assert permit.allowed.policies == ("all",)


def test_a_token_within_everything_gets_a_permit_that_carries_it():
    for request in (make_mint(), make_mint(tool_server=None)):
        permit = authorize_mint(request, clear(request), compile_text(PERMIT_ALL))
        assert permit.request is request
        assert permit.allowed.policies == ("all",)


@pytest.mark.parametrize("make", [make_call, make_mint])
@pytest.mark.parametrize("missing", ["everything", "agt_ada", "rmt_1", "tls_billing"])
def test_a_clearance_of_another_path_is_none(make, missing):
    request = make()
    epochs = {key: 0 for key in clear(request).epochs if key != missing}
    authorize = authorize_call if make is make_call else authorize_mint
    assert refused(authorize, request, Clearance(TEN, epochs)) == "policy_error"


def test_a_clearance_of_another_tenant_is_none():
    request = make_call()
    other = Clearance(TenantId("ten_b"), clear(request).epochs)
    assert refused(authorize_call, request, other) == "policy_error"


def test_other_bytes_than_those_decided_on_are_refused():
    request = make_call({"order": "o-1"}, canonical_arguments=b'{"order":"o-2"}')
    assert refused(authorize_call, request) == "policy_error"


def test_arguments_without_a_canonical_form_are_refused():
    request = replace(make_call(), arguments={"order": float("nan")})
    assert refused(authorize_call, request) == "arguments_invalid"


@pytest.mark.parametrize("state", [state for state in AgentState if state != "active"])
@pytest.mark.parametrize("make", [make_call, make_mint])
def test_only_an_active_agent_gets_a_permit(make, state):
    authorize = authorize_call if make is make_call else authorize_mint
    assert refused(authorize, make(agent=make_agent(state=state))) == "agent_inactive"


@pytest.mark.parametrize("make", [make_call, make_mint])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": RemitState.PROPOSED}, "remit_inactive"),
        ({"state": RemitState.SUSPENDED}, "remit_inactive"),
        ({"state": RemitState.STOPPED}, "remit_inactive"),
        ({"not_before": NOW + timedelta(seconds=1)}, "remit_inactive"),
        ({"expires_at": NOW}, "remit_inactive"),
        ({"agent": AgentId("agt_bob")}, "outside_remit"),
        ({"tenant": TenantId("ten_b")}, "outside_remit"),
        ({"authority": ()}, "outside_remit"),
    ],
)
def test_only_the_agents_own_remit_in_force_gives_anything(make, changes, code):
    authorize = authorize_call if make is make_call else authorize_mint
    assert refused(authorize, with_remit(make(), **changes)) == code


@pytest.mark.parametrize("make", [make_call, make_mint])
def test_a_retired_tool_server_is_outside_every_remit(make):
    authorize = authorize_call if make is make_call else authorize_mint
    request = make()
    gone = replace(request, tool_server=replace(request.tool_server, retired=True))
    assert refused(authorize, gone) == "outside_remit"


def test_a_tool_server_of_another_tenant_is_outside_every_remit():
    request = make_call()
    foreign = replace(request.tool_server, tenant=TenantId("ten_b"))
    assert refused(authorize_call, replace(request, tool_server=foreign)) == "outside_remit"


def test_a_tool_that_the_remit_does_not_name_is_outside_it():
    server = make_server(make_tool("refund"), make_tool("wipe"))
    request = make_call(server=server, tool="wipe")
    narrow = make_remit(request.agent, make_server(make_tool("refund")))
    assert refused(authorize_call, replace(request, remit=narrow)) == "outside_remit"


@pytest.mark.parametrize("make", [make_call, make_mint])
@pytest.mark.parametrize("depth", [2, -1])
def test_authority_is_not_handed_on_further_than_it_says(make, depth):
    authorize = authorize_call if make is make_call else authorize_mint
    assert refused(authorize, make(facts=replace(FACTS, depth=depth))) == "outside_remit"


def test_a_tool_that_is_not_as_it_was_pinned_is_not_called():
    request = make_call()
    rewritten = make_tool(schema={"type": "object", "properties": {"order": {"type": "string"}}})
    assert refused(authorize_call, replace(request, tool=rewritten)) == "definition_changed"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"order": "o-1"}, "constraint"),
        ({"order": "o-1", "amount": 501, "currency": "EUR"}, "constraint"),
        ({"order": "o-1", "amount": 1, "currency": "USD"}, "constraint"),
        ({"amount": 1, "currency": "EUR"}, "arguments_invalid"),
        ({"order": "o-1", "amount": 1, "currency": "EUR", "admin": True}, "arguments_invalid"),
    ],
)
def test_constraints_come_before_the_schema_and_both_before_policy(arguments, code):
    request = make_call(arguments)
    constraints = (AtMost("amount", 500), OneOf("currency", ("EUR",)))
    narrow = make_remit(request.agent, request.tool_server, constraints=constraints)
    assert refused(authorize_call, replace(request, remit=narrow)) == code


def test_what_policy_denies_gets_no_permit():
    request, token = make_call(), make_mint()
    engine = compile_text()
    for authorize, asked in ((authorize_call, request), (authorize_mint, token)):
        with pytest.raises(Denied) as caught:
            authorize(asked, clear(asked), engine)
        assert caught.value.code == "policy"


def test_listed_are_the_tools_that_could_be_called_and_no_others():
    server = make_server(*(make_tool(name) for name in ("refund", "wipe", "audit")))
    agent = make_agent()
    remit = make_remit(agent, make_server(make_tool("refund"), make_tool("wipe")))
    engine = compile_text(
        PERMIT_ALL,
        'forbid (principal, action == Remit::Action::"billing/wipe", resource);',
        servers=[server],
    )
    listed = filter_tools(agent, remit, server, FACTS, engine)
    assert [tool.name for tool in listed] == ["refund"]


@pytest.mark.parametrize(
    ("agent", "remit_changes"),
    [(PROPOSED, {}), (make_agent(), {"state": RemitState.STOPPED}), (make_agent("bob"), {})],
)
def test_nothing_is_listed_to_who_may_call_nothing(agent, remit_changes):
    server, engine = make_server(), Permissive()
    remit = make_remit(make_agent(), server, **remit_changes)
    assert filter_tools(agent, remit, server, FACTS, engine) == ()
    assert engine.asked == 0
