"""Arguments are checked against the pin, and policies see what the tool gets."""

import pytest

from remit.policy import arguments as module
from remit.policy.arguments import check_arguments, input_of, load_contract
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable
from tests.policy.scene import make_tool

TOOL = make_tool()
COMPOSED = make_tool(
    schema={
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "dependentRequired": {"n": []},
    }
)


def decimal(text):
    return {"__extn": {"fn": "decimal", "arg": text}}


def test_arguments_that_fit_are_evidence():
    sent = {"order": "o-1", "note": None, "to": {"iban": "DE"}}
    checked = check_arguments(TOOL, sent)
    assert (checked.tool, checked.arguments) == (TOOL, sent)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"order": 1},
        {"order": "o-1", "smuggled": 1},
        {"order": "o-1", "amount": -1},
        {"order": "o-1", "amount": True},
        {"order": "o-1", "currency": "GBP"},
        {"order": "o-1", "to": {}},
        {"order": "o-1", "to": {"iban": "DE", "smuggled": 1}},
    ],
)
def test_arguments_that_do_not_fit_are_refused(sent):
    with pytest.raises(ArgumentsInvalid):
        check_arguments(TOOL, sent)


def test_a_schema_beyond_closures_is_checked_by_the_library():
    check_arguments(COMPOSED, {"n": 1})
    for sent in ({"n": "1"}, {"smuggled": 1}):
        with pytest.raises(ArgumentsInvalid):
            check_arguments(COMPOSED, sent)


@pytest.mark.parametrize("schema", ["{", "[]", '{"a":1,"a":2}', '{"type":"object","pattern":"("}'])
def test_a_schema_that_is_none_refuses_every_call(schema):
    with pytest.raises(SchemaUnusable):
        check_arguments(make_tool(schema=schema), {})


def test_a_schema_has_a_limit():
    long = '{"description":"' + "x" * module.MAX_SCHEMA_BYTES + '"}'
    with pytest.raises(SchemaUnusable):
        load_contract(long)


def test_policies_see_the_values_in_cedars_words():
    sent = {
        "order": "o-1",
        "amount": 5.0,
        "tags": ["b", "a"],
        "rate": 1.25,
        "note": "unseen",
        "to": {"iban": "DE", "fast": True},
    }
    assert input_of(TOOL, sent) == {
        "order": "o-1",
        "amount": 5,
        "tags": ["b", "a"],
        "rate": decimal("1.2500"),
        "to": {"iban": "DE", "fast": True},
    }


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (0, "0.0000"),
        (7, "7.0000"),
        (-0.5, "-0.5000"),
        (0.0001, "0.0001"),
        (1e3, "1000.0000"),
        (0.1, "0.1000"),
        (922337203685477, "922337203685477.0000"),
    ],
)
def test_numbers_are_shown_exactly(rate, shown):
    assert input_of(TOOL, {"order": "o", "rate": rate})["rate"] == decimal(shown)


@pytest.mark.parametrize("rate", [0.00001, 12.123456, 0.1 + 0.2, 1e15, -1e15, 922337203685478])
def test_a_number_that_would_be_rounded_is_refused(rate):
    # Another system's mapper shows policies 12.1235 for 12.123456.
    with pytest.raises(ArgumentsInvalid):
        input_of(TOOL, {"order": "o", "rate": rate})


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"order": 1},
        {"order": "o", "amount": True},
        {"order": "o", "amount": 1.5},
        {"order": "o", "amount": "1"},
        {"order": "o", "tags": "a"},
        {"order": "o", "tags": [1]},
        {"order": "o", "rate": True},
        {"order": "o", "to": []},
        {"order": "o", "to": {}},
        {"order": "o", "to": {"iban": "x", "fast": 1}},
    ],
)
def test_what_has_another_type_is_not_shown(sent):
    with pytest.raises(ArgumentsInvalid):
        input_of(TOOL, sent)


def test_properties_are_checked_alone_where_closures_can():
    assert load_contract(
        '{"type":"object","properties":{"a":{"type":"string"},"b":{"not":{}}}}'
    ).properties.keys() == {"a"}
    assert load_contract('{"type":"object"}').properties == {}
