"""Policy over many policies, schemas and arguments: forbids never widen, errors never allow,
and what policies see is what the tool gets."""

import json
from dataclasses import replace
from decimal import Decimal

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.kernel.canonical import canonicalize
from remit.policy.arguments import check_arguments, input_of
from remit.policy.authorize import authorize_call, filter_tools
from remit.policy.decision import Denied
from remit.policy.engines.cedar.facts import FACTS as KNOWN
from remit.policy.engines.cedar.schema import full_shape, write_schema
from remit.policy.refusals import ArgumentsInvalid
from tests.policy.scene import (
    FACTS,
    clear,
    compile_text,
    make_agent,
    make_call,
    make_remit,
    make_server,
    make_tool,
)

CONDITIONS = st.sampled_from(
    [
        "true",
        "false",
        "context.f.bound",
        "context.f.hour == 12",
        "context.f == context.f",
        'context.input.order == "o-1"',
        'context.input.order like "o-*"',
        "context.input has amount",
        "context.input has amount && context.input.amount > 500",
        "context.input has amount && context.input.amount * 4611686018427387904 > 3",
        'context.input has currency && context.input.currency == "EUR"',
        'context.input has tags && context.input.tags.contains("a")',
        'context.input has rate && context.input.rate.greaterThan(decimal("1.5"))',
        "context.input has to.fast && context.input.to.fast",
        'principal == Remit::Agent::"ada"',
        'resource.risk == "write"',
    ]
)
HEADS = st.sampled_from(
    [
        "principal, action, resource is Remit::Tool",
        'principal == Remit::Agent::"ada", action in Remit::Action::"call", resource',
        'principal, action == Remit::Action::"billing/refund", resource',
    ]
)
POLICIES = st.builds(
    "{} ({}) when {{ {} }};".format, st.sampled_from(["permit", "forbid"]), HEADS, CONDITIONS
)
FORBIDS = st.builds("forbid ({}) when {{ {} }};".format, HEADS, CONDITIONS)
ARGUMENTS = st.fixed_dictionaries(
    {"order": st.sampled_from(["o-1", "x", ""])},
    optional={
        "amount": st.integers(0, 2**53 - 1),
        "currency": st.sampled_from(["EUR", "USD"]),
        "tags": st.lists(st.sampled_from("abc"), max_size=3),
        "rate": st.one_of(st.integers(-5, 5), st.floats(-5, 5).map(lambda x: round(x, 6) + 0.0)),
        "to": st.fixed_dictionaries(
            {"iban": st.text(max_size=3)}, optional={"fast": st.booleans()}
        ),
    },
)


def decide(policies, request):
    try:
        return compile_text("\n".join(policies)).decide_call(request)
    except Denied as denied:
        return denied


@settings(max_examples=60, deadline=None)
@given(st.lists(POLICIES, max_size=6), FORBIDS, ARGUMENTS, st.booleans())
def test_a_forbid_more_never_permits_more(policies, forbid, arguments, bound):
    request = make_call(arguments, facts=replace(FACTS, bound=bound))
    before, after = decide(policies, request), decide([*policies, forbid], request)
    if isinstance(before, Denied):
        assert isinstance(after, Denied)


@settings(max_examples=60, deadline=None)
@given(st.lists(POLICIES, max_size=6), ARGUMENTS)
def test_a_slice_decides_as_the_whole_bundle_and_an_error_never_allows(policies, arguments):
    # Against Cedar with everything: all policies, the full context, the full schema.
    request = make_call(arguments)
    engine = compile_text("\n".join(policies))
    target = engine._sliced_call(request.tool_server, request.tool).slice.target
    schema = cedarpy.Schema.from_json_str(write_schema(target, full_shape(target)))
    prepared = engine._for_call(request.agent, request.tool_server, request.tool)
    try:
        context = full_shape(target).write(request.remit, request.facts, arguments, 0)
    except ArgumentsInvalid:
        return
    answer = cedarpy.is_authorized(
        {**prepared.request, "context": context}, "\n".join(policies), prepared.entities, schema
    )
    decided = decide(policies, request)
    allowed = not isinstance(decided, Denied)
    assert allowed is (answer.allowed and not answer.diagnostics.errors)
    if answer.diagnostics.errors:
        assert decided.code == "policy_error"
    assert len(KNOWN) == len(json.loads(context)["f"])


@settings(max_examples=60, deadline=None)
@given(st.lists(POLICIES, max_size=5), ARGUMENTS)
def test_what_is_listed_can_be_called_and_what_is_called_was_listed(policies, arguments):
    # Of these policies, each condition is one that the search for arguments can meet.
    engine = compile_text("\n".join(policies))
    agent, server = make_agent(), make_server()
    listed = filter_tools(agent, make_remit(agent, server), server, FACTS, engine)
    request = make_call(arguments)
    try:
        authorize_call(request, clear(request), engine)
    except Denied:
        return
    assert [tool.name for tool in listed] == ["refund"]


# --- random schemas ---------------------------------------------------------------------

NAMES = st.text(min_size=1, max_size=4)
WORDS = st.text(max_size=5)
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9),
    st.integers(-(10**9), 10**9).map(lambda n: n / 10_000),
)


def pair(schema, values):
    return st.tuples(st.just(schema), values)


SCALARS = st.one_of(
    pair({"type": "string"}, WORDS),
    pair({"type": "integer"}, INTEGERS),
    pair({"type": "boolean"}, st.booleans()),
    pair({"type": "number"}, NUMBERS),
    pair({"enum": ["a", "b"]}, st.sampled_from("ab")),
)


@st.composite
def objects(draw, children):
    # Names that are equal but for case are refused where the schema is read.
    names = st.lists(NAMES, max_size=4, unique_by=str.casefold)
    parts = {name: draw(children) for name in draw(names)}
    given_ones = draw(st.sets(st.sampled_from(sorted(parts)))) if parts else set()
    schema = {
        "type": "object",
        "properties": {name: schema for name, (schema, _) in parts.items()},
        "required": sorted(given_ones),
    }
    sent = {name: value for name, (_, value) in parts.items() if name in given_ones}
    return schema, sent


@st.composite
def arrays(draw):
    schema, value = draw(SCALARS)
    return {"type": "array", "items": schema}, draw(st.just([value] * draw(st.integers(0, 2))))


OPAQUE = st.one_of(
    pair({"anyOf": [{"type": "string"}, {"type": "null"}]}, st.none()),
    pair({"type": "object"}, st.dictionaries(NAMES, WORDS, max_size=2)),
    pair({}, WORDS),
)
SCHEMAS = objects(st.recursive(st.one_of(SCALARS, arrays(), OPAQUE), objects, max_leaves=6))


def seen(schema, sent):
    """What policies must see of what is sent: the same, without what is opaque."""
    if "anyOf" in schema or schema in ({}, {"type": "object"}):
        return None
    match schema.get("type"):
        case "number":
            return {"__extn": {"fn": "decimal", "arg": f"{Decimal(repr(sent)):.4f}"}}
        case "array":
            return [seen(schema["items"], each) for each in sent]
        case "object":
            properties = schema["properties"]
            shown = {name: seen(properties[name], value) for name, value in sent.items()}
            return {name: value for name, value in shown.items() if value is not None}
        case _:
            return sent


@settings(max_examples=150, deadline=None)
@given(SCHEMAS)
def test_policies_see_exactly_what_is_sent(case):
    schema, sent = case
    tool = make_tool(schema=schema)
    parsed = json.loads(canonicalize(sent))
    check_arguments(tool, parsed)
    assert input_of(tool, parsed) == seen(schema, parsed)
    for smuggled in ("smuggled-1", "smuggled-2"):
        try:
            check_arguments(tool, {**parsed, smuggled: 1})
        except ArgumentsInvalid:
            continue
        raise AssertionError("an undeclared argument passed")


@settings(max_examples=40, deadline=None)
@given(SCHEMAS)
def test_cedar_takes_whatever_the_schema_makes_of_the_arguments(case):
    schema, sent = case
    tool = make_tool(schema=schema)
    server = make_server(tool)
    request = make_call(json.loads(canonicalize(sent)), server=server)
    engine = compile_text("permit (principal, action, resource);", servers=[server])
    target = engine._sliced_call(server, tool).slice.target
    full = cedarpy.Schema.from_json_str(write_schema(target, full_shape(target)))
    prepared = engine._for_call(request.agent, server, tool)
    context = full_shape(target).write(request.remit, FACTS, request.arguments, 0)
    answer = cedarpy.is_authorized(
        {**prepared.request, "context": context}, prepared.policies.handle, prepared.entities, full
    )
    assert answer.allowed, answer.diagnostics.errors
