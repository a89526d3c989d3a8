"""Policies must fit what they are about: a policy that would be silent is refused, with a word."""

import pytest

from remit.policy.engine import PoliciesInvalid, PolicyDocument
from remit.policy.engines.cedar.documents import read_documents
from remit.policy.engines.cedar.fitting import find_faults
from remit.policy.engines.cedar.target import call_of, mint_for
from tests.policy.scene import REFUND, compile_text, make_server, make_tool

TARGET = call_of(make_server(), make_tool())
OPEN = call_of(
    make_server(),
    make_tool(schema={**REFUND, "additionalProperties": True}),
)


def faults(condition, target=TARGET, effect="forbid"):
    text = f"\n{effect} (principal, action, resource) when {{ {condition} }};"
    found = find_faults(target, read_documents([PolicyDocument("ops", text)]))
    assert {(fault.document, fault.line, fault.policy) for fault in found} <= {("ops", 2, "ops.1")}
    return " ".join(fault.message for fault in found)


@pytest.mark.parametrize(
    "condition",
    [
        'context.input.order == "x"',
        "context.input has amount && context.input.amount > 5",
        "context.input has gone && context.input.gone > 5",
        'context.input has to && context.input.to.iban == "x"',
        "context.input has to.fast && context.input.to.fast",
        'context.input has tags && context.input.tags.contains("a")',
        'context.input has tags && context.input.tags.containsAll(["a"])',
        (
            "context.input has tags && !context.input.tags.isEmpty()"
            ' && ["a"].containsAll(context.input.tags)'
        ),
        'context.input has rate && context.input.rate.lessThan(decimal("1.5"))',
        'principal.purposes.contains("x") && context.f.hour < 8',
        "[context.input.order].containsAll([context.input.order])",
    ],
)
def test_what_fits_is_let_in(condition):
    assert faults(condition) == ""


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        ("context.input.gone > 5", "not found"),
        ("context.input.amount > 5", "amount"),
        ("context.input.order > 5", "type"),
        ("context.input has note", "no single type"),
        ('context.input has note && context.input.note == "x"', "cannot be seen"),
        ("context.input == context.input", "cannot be seen"),
        ("context == context", "cannot be seen"),
        ('context.input has tags && ["a"].containsAll(context.input.tags)', "isEmpty"),
        ("context.input has tags && context.input.tags.containsAll([])", "always true"),
        ("context.f.gone", "not found"),
        ("context.lifetime < 5", "lifetime"),
        ('principal.gone == "x"', "gone"),
        ('resource.gone == "x"', "gone"),
        ('principal == "ada"', "types"),
        ('principal.owner == "hum_alice"', "types"),
        ('principal == Agent::"ada"', "Agent"),
        ('action == Remit::Action::"nope"', "nope"),
        ('principal in Nothing::"x"', "Nothing"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_word(condition, word):
    assert word in faults(condition), faults(condition)
    assert faults(condition, effect="permit")


@pytest.mark.parametrize(
    "condition",
    ["context.input has gone", "context.input has gone && context.input.gone == 1"],
)
def test_absence_is_certain_only_where_nothing_may_be_added(condition):
    assert faults(condition) == ""
    assert "undeclared" in faults(condition, OPEN)
    assert faults('context.input.order == "x"', OPEN) == ""


def test_a_record_is_seen_as_a_whole_only_if_all_of_it_is():
    def nested(inner):
        schema = {"type": "object", "properties": {"to": inner}, "required": ["to"]}
        return call_of(make_server(), make_tool(schema=schema))

    plain = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    deep = {"type": "object", "properties": {"a": plain}, "required": ["a"]}
    hidden = {"type": "object", "properties": {"a": {"type": "array"}}}
    deeply = {"type": "object", "properties": {"a": hidden}}
    whole = "context.input.to == context.input.to"
    assert faults(whole, nested(plain)) == ""
    assert faults(whole, nested(deep)) == ""
    assert "`a`" in faults(whole, nested(hidden))
    assert "`a`" in faults(whole, nested(deeply))
    assert "undeclared" in faults(whole, nested({**plain, "additionalProperties": True}))


def test_lists_that_cannot_be_empty_may_be_asked_for_all():
    schema = {
        "type": "object",
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "to": {
                "type": "object",
                "properties": {"tags": {"type": "array", "items": {"type": "string"}}},
                "required": ["tags"],
            },
        },
        "required": ["tags", "to"],
    }
    target = call_of(make_server(), make_tool(schema=schema))
    assert faults('["a"].containsAll(context.input.tags)', target) == ""
    assert "isEmpty" in faults('["a"].containsAll(context.input.to.tags)', target)
    # What is no list is a matter of types.
    assert "isEmpty" not in faults('["a"].containsAll(context.input.to)', target)
    assert "isEmpty" not in faults('["a"].containsAll(context.input.to.gone)', target)
    assert "isEmpty" not in faults('["a"].containsAll(principal.purposes)', target)
    string = call_of(make_server(), make_tool())
    assert "isEmpty" not in faults('["a"].containsAll(context.input.order.x)', string)
    assert "isEmpty" not in faults('["a"].containsAll(context.f.x)', string)


def test_tokens_have_no_arguments_and_a_lifetime():
    assert faults("context.lifetime > 600", mint_for(make_server())) == ""
    assert "input" in faults("context.input has amount", mint_for(None))


def test_a_general_forbid_that_one_tool_would_silence_is_refused_whole():
    opaque = make_tool("odd", {"type": "object", "properties": {"amount": {}}})
    text = (
        'forbid (principal, action in Remit::Action::"call", resource)'
        " when { context.input has amount && context.input.amount > 500 };"
    )
    compile_text(text)
    with pytest.raises(PoliciesInvalid) as caught:
        compile_text(text, servers=[make_server(make_tool(), opaque)])
    assert "billing/odd" in caught.value.faults[0].message
