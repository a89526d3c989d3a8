"""The engine denies on every doubt: Cedar's traps, one by one, and its failures."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from remit.identity.tools import RiskTier
from remit.kernel.ids import TenantId
from remit.policy.decision import Denied
from remit.policy.engine import PoliciesInvalid
from remit.policy.engines.cedar import engine as module
from remit.policy.engines.cedar.engine import judge
from remit.remits.remit import AtMost, OneOf
from tests.policy.scene import (
    FACTS,
    PERMIT_ALL,
    compile_text,
    make_agent,
    make_call,
    make_mint,
    make_remit,
    make_server,
    make_tool,
)


def forbid(condition):
    return (
        f'@id("guard") forbid (principal, action, resource is Remit::Tool) when {{ {condition} }};'
    )


def permit(condition):
    return (
        f'@id("rule") permit (principal, action, resource is Remit::Tool) when {{ {condition} }};'
    )


def denied(engine, request):
    with pytest.raises(Denied) as caught:
        engine.decide_call(request)
    return caught.value.code, caught.value.policies


# --- decisions


def test_no_policy_denies():
    assert denied(compile_text(""), make_call()) == ("policy", ())
    with pytest.raises(Denied):
        compile_text("").decide_mint(make_mint())


def test_an_allow_names_the_permits_and_the_bundle():
    engine = compile_text(PERMIT_ALL, "permit (principal, action, resource);")
    allowed = engine.decide_call(make_call())
    assert allowed.policies == ("all", "ops2.1")
    assert allowed.bundle == engine.bundle


def test_a_forbid_always_wins_and_is_named():
    engine = compile_text(PERMIT_ALL, forbid('context.input.order == "o-1"'))
    assert denied(engine, make_call()) == ("policy", ("guard",))
    assert engine.decide_call(make_call({"order": "o-2"})).policies == ("all",)


@pytest.mark.parametrize(
    "condition",
    [
        'context.input.order like "o-*"',
        "context.input has amount && context.input.amount == 5",
        'context.input has currency && context.input.currency == "EUR"',
        'context.input has tags && context.input.tags.contains("b")',
        'context.input has rate && context.input.rate == decimal("1.25")',
        "context.input has to.fast && context.input.to.fast",
        "context.f.bound && context.f.depth == 0",
        'context.f.remit == "tickets" && context.f.purpose == "support"',
        "context.f.hour == 12 && context.f.weekday == 1",
        'principal == Remit::Agent::"ada"',
        'principal.owner == Remit::Human::"hum_alice"',
        'principal.system == "helpdesk" && principal.environment == "prod"',
        'principal.purposes.contains("support")',
        'resource == Remit::Tool::"billing/refund" && resource.name == "refund"',
        'resource in Remit::Server::"billing" && resource.risk == "write"',
        'resource.classes.contains("pii")',
        'action in Remit::Action::"write" && action in Remit::Action::"call"',
    ],
)
def test_policies_see_the_request(condition):
    sent = {
        "order": "o-1",
        "amount": 5,
        "currency": "EUR",
        "tags": ["a", "b"],
        "rate": 1.25,
        "to": {"iban": "DE", "fast": True},
    }
    assert compile_text(permit(condition)).decide_call(make_call(sent)).policies == ("rule",)


def test_a_token_is_decided_on_with_its_lifetime():
    engine = compile_text(
        '@id("short") permit (principal, action == Remit::Action::"mint", resource)'
        " when { context.lifetime <= 300 };"
    )
    assert engine.decide_mint(make_mint()).policies == ("short",)
    assert engine.decide_mint(make_mint(tool_server=None)).policies == ("short",)
    with pytest.raises(Denied):
        engine.decide_mint(make_mint(lifetime_seconds=301))
    assert denied(engine, make_call()) == ("policy", ())


def test_a_policy_on_the_protocol_of_a_server_holds_for_its_tokens_and_tools():
    engine = compile_text(
        'permit (principal, action == Remit::Action::"mint", resource is Remit::Server)'
        ' when { resource.protocol == "mcp" };'
    )
    assert engine.decide_mint(make_mint())


def test_a_want_of_a_permit_without_a_key_is_told_apart():
    unbound = replace(FACTS, bound=False)
    engine = compile_text(permit("context.f.bound"))
    assert denied(engine, make_call(facts=unbound)) == ("unbound", ())
    forbidding = compile_text(PERMIT_ALL, forbid("true"))
    assert denied(forbidding, make_call(facts=unbound)) == ("policy", ("guard",))


def test_agents_have_their_own_policies_and_no_one_elses():
    engine = compile_text(
        '@id("a") permit (principal == Remit::Agent::"ada", action, resource);',
        '@id("b") permit (principal == Remit::Agent::"bob", action, resource);',
    )
    assert engine.decide_call(make_call()).policies == ("a",)
    assert engine.decide_call(make_call(agent=make_agent("bob"))).policies == ("b",)
    assert denied(engine, make_call(agent=make_agent("carol"))) == ("policy", ())


# --- the traps of Cedar


@pytest.mark.parametrize(
    "condition",
    [
        "context.input has amount && context.input.amount * 4611686018427387904 > 3",
        "context.input has amount && context.input.amount + 9223372036854775807 > 3",
        "context.input has amount && -9223372036854775807 - context.input.amount < 3",
    ],
)
def test_a_forbid_that_fails_denies(condition):
    engine = compile_text(PERMIT_ALL, forbid(condition))
    assert denied(engine, make_call({"order": "o", "amount": 4})) == ("policy_error", ("guard",))
    assert engine.decide_call(make_call()).policies == ("all",)


def test_a_permit_that_fails_denies_even_beside_one_that_permits():
    condition = "context.input has amount && context.input.amount * 4611686018427387904 > 3"
    engine = compile_text(PERMIT_ALL, permit(condition))
    assert denied(engine, make_call({"order": "o", "amount": 4})) == ("policy_error", ("rule",))


def test_the_errors_of_a_policy_quote_no_value():
    condition = "context.input has amount && context.input.amount * 4611686018427387904 > 3"
    with pytest.raises(Denied) as caught:
        compile_text(permit(condition)).decide_call(make_call({"order": "o", "amount": 31337}))
    assert "31337" not in str(caught.value)


@pytest.mark.parametrize(
    "sent",
    [
        {"order": 5},
        {"order": None},
        {},
        {"order": "o", "amount": "5"},
        {"order": "o", "amount": True},
    ],
)
def test_arguments_of_another_type_are_denied_even_if_nobody_checked_them(sent):
    condition = 'context.input.order == "o" && !(context.input has amount)'
    engine = compile_text(PERMIT_ALL, permit(condition))
    assert denied(engine, make_call(sent))[0] == "arguments_invalid"


def test_an_integer_beyond_cedars_is_denied():
    engine = compile_text(
        PERMIT_ALL, forbid("context.input has amount && context.input.amount < 0")
    )
    huge = replace(make_call(), arguments={"order": "o", "amount": 2**63})
    assert denied(engine, huge) == ("policy_error", ())


def test_a_number_that_policies_cannot_be_shown_exactly_is_denied_where_one_reads_it():
    reading = compile_text(
        PERMIT_ALL,
        forbid('context.input has rate && context.input.rate.greaterThan(decimal("1.5"))'),
    )
    rounded = make_call({"order": "o", "rate": 1.50001})
    assert denied(reading, rounded)[0] == "arguments_invalid"
    assert compile_text(PERMIT_ALL).decide_call(rounded)


def test_an_argument_cannot_pose_as_an_entity_or_as_nothing():
    schema = {
        "type": "object",
        "properties": {
            "who": {"type": "object", "properties": {"__entity": {"type": "object"}}},
            "__extn": {"type": "string"},
        },
    }
    server = make_server(make_tool(schema=schema))
    posing = {"who": {"__entity": {"type": "Remit::Agent", "id": "root"}}, "__extn": "x"}
    engine = compile_text(PERMIT_ALL, servers=[server])
    assert engine.decide_call(make_call(posing, server=server))
    with pytest.raises(PoliciesInvalid):
        compile_text(forbid("context.input has who.__entity"), servers=[server])


def test_like_sees_the_very_text_that_is_sent():
    # Cedar knows no paths: `..` is the argument's, and the policy's author must say so.
    engine = compile_text(
        permit('context.input.order like "/srv/*"'), forbid('context.input.order like "*..*"')
    )
    assert denied(engine, make_call({"order": "/srv/../etc/shadow"})) == ("policy", ("guard",))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (permit('context.input has tags && ["a"].containsAll(context.input.tags)'), "isEmpty"),
        (forbid("context.input.amount > 5"), "amount"),
        (forbid("context.input.gone == 1"), "gone"),
        (PERMIT_ALL + PERMIT_ALL, "already"),
        ("permit (principal == ?principal, action, resource);", "template"),
        ('forbid (principal == Agent::"ada", action, resource);', "Agent"),
    ],
)
def test_what_would_fail_later_is_refused_at_once(text, word):
    with pytest.raises(PoliciesInvalid) as caught:
        compile_text(text)
    assert word in caught.value.faults[0].message


# --- failures of the engine itself


class Panic(BaseException):
    """As the native code raises them: no Exception."""


@pytest.mark.parametrize("failure", [ValueError("secret"), Panic("secret"), RecursionError()])
def test_a_failure_of_cedar_denies(monkeypatch, failure):
    def fail(*_):
        raise failure

    engine = compile_text(PERMIT_ALL)
    monkeypatch.setattr(module.cedarpy, "is_authorized", fail)
    with pytest.raises(Denied) as caught:
        engine.decide_call(make_call())
    assert caught.value.code == "policy_error"
    assert "secret" not in str(caught.value)


def test_an_interrupt_is_not_the_engines(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    engine = compile_text(PERMIT_ALL)
    monkeypatch.setattr(module.cedarpy, "is_authorized", interrupt)
    with pytest.raises(KeyboardInterrupt):
        engine.decide_call(make_call())


def answer(decision: str, reasons: list[str], errors: list[str]) -> cedarpy.AuthzResult:
    said: Mapping[str, Any] = {"reason": reasons, "errors": errors}
    return cedarpy.AuthzResult({"decision": decision, "diagnostics": said})


@pytest.mark.parametrize(
    ("decision", "reasons", "errors", "code"),
    [
        ("Allow", ["policy0"], ["error while evaluating policy `policy1`: x"], "policy_error"),
        ("Allow", ["policy0"], ["of tomorrow"], "policy_error"),
        ("Allow", [], [], "policy"),
        ("Allow", ["policy9"], [], "policy_error"),
        ("Allow", ["policy1"], [], "policy_error"),
        ("Allow", ["policy0", "policy1"], [], "policy_error"),
        ("Deny", ["policy0"], [], "policy_error"),
        ("Deny", ["policy1"], [], "policy"),
        ("Deny", [], [], "policy"),
        ("NoDecision", [], ["x"], "policy_error"),
        ("NoDecision", ["policy0"], [], "policy_error"),
    ],
)
def test_only_a_consistent_allow_is_one(decision, reasons, errors, code):
    sliced = compile_text(PERMIT_ALL, forbid("true"))
    policies = sliced._for_call(make_agent(), make_server(), make_tool()).policies.by_name
    with pytest.raises(Denied) as caught:
        judge(answer(decision, reasons, errors), policies, "sha256:x", bound=True)
    assert caught.value.code == code
    assert judge(answer("Allow", ["policy0"], []), policies, "sha256:x", bound=True).policies == (
        "all",
    )


# --- what is cached


def test_a_change_of_the_agent_counts_at_once():
    engine = compile_text(permit('principal.purposes.contains("support")'))
    assert engine.decide_call(make_call())
    stripped = make_agent(purposes=frozenset({"sales"}), revision=2)
    assert denied(engine, make_call(agent=stripped)) == ("policy", ())


def test_a_change_of_the_tool_counts_at_once():
    engine = compile_text(permit('resource.risk == "write"'))
    assert engine.decide_call(make_call())
    risky = make_server(make_tool(risk=RiskTier.ADMIN))
    assert denied(engine, make_call(server=risky)) == ("policy", ())


def test_a_tool_that_the_policies_do_not_fit_is_denied_until_they_do():
    engine = compile_text(permit("context.input has amount && context.input.amount < 5"))
    assert engine.decide_call(make_call({"order": "o", "amount": 1}))
    assert engine.find_fault(make_server(), make_tool()) == ()
    vague = make_tool(schema={"type": "object", "properties": {"amount": {}, "order": {}}})
    code, _ = denied(engine, make_call(server=make_server(vague)))
    assert code == "policy_error"
    (fault,) = engine.find_fault(make_server(vague), vague)
    assert fault.policy == "rule"
    # It is not compiled again for every call.
    assert engine._sliced_call(make_server(vague), vague) is engine._sliced_call(
        make_server(vague), vague
    )


def test_a_tool_whose_schema_cannot_be_used_is_denied():
    broken = make_tool(schema='{"type":"object","pattern":"("}')
    engine = compile_text(PERMIT_ALL, servers=[make_server(broken)])
    assert denied(engine, make_call({}, server=make_server(broken)))[0] == "policy_error"
    assert engine.find_fault(make_server(broken), broken)


def test_caches_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MAX_PREPARED", 3)
    monkeypatch.setattr(module, "MAX_SLICES", 2)
    engine = compile_text(PERMIT_ALL)
    for number in range(9):
        engine.decide_call(make_call(agent=make_agent(f"ada{number}")))
        server = make_server(name=f"billing{number}")
        engine.decide_call(make_call(server=server))
    assert len(engine._prepared) == 3
    assert len(engine._slices) == 2


def test_nothing_of_another_tenant_is_decided_on():
    engine = compile_text(PERMIT_ALL)
    other = TenantId("ten_b")
    for request in (
        make_call(agent=make_agent(tenant=other)),
        make_call(server=make_server(tenant=other)),
    ):
        assert denied(engine, request)[0] == "policy_error"
    for mint in (
        make_mint(agent=make_agent(tenant=other)),
        make_mint(tool_server=make_server(tenant=other)),
    ):
        with pytest.raises(Denied):
            engine.decide_mint(mint)


# --- what could be permitted


def could(engine, *, constraints=(), server=None, agent=None, **facts):
    server, agent = server or make_server(), agent or make_agent()
    remit = make_remit(agent, server, constraints=constraints)
    tool = next(iter(server.tools.values()))
    try:
        possible = engine.could_permit(agent, remit, server, tool, replace(FACTS, **facts))
    except Denied:
        return False
    assert possible.allowed.policies
    return True


@pytest.mark.parametrize(
    ("texts", "possible"),
    [
        ([PERMIT_ALL], True),
        ([""], False),
        ([permit("context.f.bound")], True),
        ([permit("!context.f.bound")], False),
        ([permit('context.input.order like "o-*"')], True),
        ([permit("context.input has amount && context.input.amount > 500")], True),
        ([permit("context.input has amount && context.input.amount < 0")], False),
        ([permit('context.input has currency && context.input.currency == "GBP"')], False),
        ([permit('context.input has gone && context.input.gone == "x"')], False),
        ([permit("context.input.order == principal.system")], True),
        ([permit('context.input has tags && context.input.tags.contains("a")')], True),
        ([permit('context.input has rate && context.input.rate == decimal("1.25")')], True),
        ([permit('context.input has to.fast && context.input.to.iban == "DE"')], True),
        ([PERMIT_ALL, forbid("context.input has amount && context.input.amount > 500")], True),
        ([PERMIT_ALL, forbid("!(context.input has amount)")], True),
        ([PERMIT_ALL, forbid("context.f.hour == 12")], False),
        ([PERMIT_ALL, forbid('context.input.order like "*"')], False),
        (
            [
                permit(
                    'context.input.order == "a" && context.input has amount'
                    " && context.input.amount >= 7 && context.input has currency"
                    ' && context.input.currency == "USD"'
                )
            ],
            True,
        ),
    ],
)
def test_a_tool_could_be_permitted_if_some_arguments_are(texts, possible):
    assert could(compile_text(*texts)) is possible


def test_the_remits_constraints_are_part_of_it():
    engine = compile_text(permit('context.input has currency && context.input.currency == "EUR"'))
    assert could(engine, constraints=(OneOf("currency", ("EUR", "USD")),))
    assert not could(engine, constraints=(OneOf("currency", ("USD",)),))
    large = compile_text(permit("context.input has amount && context.input.amount > 500"))
    assert could(large, constraints=(AtMost("amount", 501),))
    assert not could(large, constraints=(AtMost("amount", 500),))
    assert not could(engine, constraints=(OneOf("gone", ("x",)),))


def test_what_the_remit_does_not_reach_could_not_be_permitted():
    server, agent = make_server(), make_agent()
    remit = make_remit(agent, make_server(name="mail"))
    with pytest.raises(Denied) as caught:
        compile_text(PERMIT_ALL).could_permit(agent, remit, server, server.tools["refund"], FACTS)
    assert caught.value.code == "outside_remit"


def test_what_fails_for_all_arguments_could_not_be_permitted():
    engine = compile_text(PERMIT_ALL, forbid("context.f.hour * 9223372036854775807 > 3"))
    assert not could(engine)
