"""Candidates: what the policies and the schema mention, checked, and bounded."""

from remit.policy.argument_types import RecordOf
from remit.policy.arguments import load_contract
from remit.policy.engine import PolicyDocument
from remit.policy.engines.cedar.candidates import MAX_CANDIDATES, Hints, propose
from remit.policy.engines.cedar.documents import read_documents
from remit.remits.remit import AtMost, OneOf
from tests.policy.scene import make_tool

CONTRACT = load_contract(make_tool().input_schema)


def candidates(condition, names=(), constraints=(), contract=CONTRACT):
    text = f"permit (principal, action, resource) when {{ {condition} }};"
    hints = Hints(read_documents([PolicyDocument("ops", text)]), ["ada"])
    fields = {name: contract.record.fields[name] for name in names}
    return list(propose(RecordOf(fields), contract, constraints, hints))


def values(name, condition, **more):
    return [each.get(name) for each in candidates(condition, [name], **more)]


def test_values_are_those_that_are_compared_first():
    assert values("order", 'principal.system == "z" && context.input.order == "x-1"') == [
        *("x-1", "z", "ada", "x", "")
    ]
    near = values("amount", "context.input.amount > 500")
    assert near[:2] == [500, None]
    assert {499, 501, 0, 1} <= set(near)
    assert -1 not in values("amount", "context.input.amount > 0")
    assert values("currency", 'context.input.currency == "USD"') == ["USD", None, "EUR"]
    rates = values("rate", 'context.input.rate.lessThan(decimal("1.5"))')
    assert {1.5, 1.4999, 1.5001, None} <= set(rates)


def test_lists_and_records_are_made_of_such_values():
    tags = values("tags", 'context.input.tags.contains("a")')
    assert ["a"] in tags
    assert [] in tags
    to = values("to", 'context.input.to.iban == "DE" && context.input.to.fast')
    assert {"iban": "DE", "fast": True} in to
    assert {"iban": "DE"} in to


def test_what_nobody_reads_or_constrains_is_left_out():
    assert candidates("true") == [{}]


def test_constraints_are_met_by_what_they_say():
    (first, *_) = candidates("true", constraints=(OneOf("currency", ("USD",)), AtMost("amount", 7)))
    assert first == {"currency": "USD", "amount": 7}
    assert all("amount" in each for each in candidates("true", constraints=(AtMost("amount", 7),)))
    # Beyond policies' sight, and still constrained.
    assert candidates("true", constraints=(OneOf("note", ("hi",)),)) == [{"note": "hi"}]


def test_what_the_schema_refuses_is_not_tried():
    assert candidates("true", constraints=(OneOf("gone", ("x",)),)) == []
    assert candidates("true", constraints=(OneOf("note", (1,)),)) == []
    opened = load_contract('{"type":"object","additionalProperties":true}')
    assert candidates("true", constraints=(OneOf("gone", ("x",)),), contract=opened) == [
        {"gone": "x"}
    ]


def test_combinations_are_bounded_and_each_value_has_its_turn():
    properties = {f"a{n}": {"type": "string"} for n in range(4)}
    contract = load_contract(
        make_tool(
            schema={"type": "object", "properties": properties, "required": list(properties)}
        ).input_schema
    )
    condition = " || ".join(f'context.input.a{n} == "{n}"' for n in range(4))
    found = candidates(condition, list(properties), contract=contract)
    assert 1 < len(found) <= MAX_CANDIDATES
    assert {f"a{n}": str(n) for n in range(4)} in found


def test_choices_of_integers_are_tried():
    contract = load_contract(
        '{"type":"object","properties":{"n":{"enum":[3,5]},"b":{"type":"boolean"}}}'
    )
    assert set(values("n", "context.input.n == 5", contract=contract)) == {3, 5, None}
    assert set(values("b", "context.input.b", contract=contract)) == {True, False, None}
