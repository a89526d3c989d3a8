"""Whole JSON Schema, without its dangers: no fetching, no backtracking, no endless work."""

from time import perf_counter

import pytest

from remit.policy.json_schema import compile_by_library
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable


def refuses(schema, *arguments):
    check = compile_by_library(schema)
    for each in arguments:
        with pytest.raises(ArgumentsInvalid):
            check(each)
    return check


def test_references_branches_and_conditions_are_checked():
    check = refuses(
        {
            "type": "object",
            "properties": {"to": {"$ref": "#/$defs/party"}, "kind": {"enum": ["sepa", "card"]}},
            "$defs": {"party": {"type": "object", "properties": {"iban": {"type": "string"}}}},
            "if": {"properties": {"kind": {"const": "sepa"}}, "required": ["kind"]},
            "then": {"required": ["to"]},
            "allOf": [{"properties": {"note": {"type": "string", "pattern": "^[a-z]*$"}}}],
        },
        {"kind": "sepa"},
        {"to": {"bic": "x"}},
        {"note": "ABC"},
        {"smuggled": 1},
    )
    check({"kind": "sepa", "to": {"iban": "DE"}, "note": "abc"})
    check({"kind": "card"})


def test_closing_lets_nothing_pass_that_the_schema_itself_refuses():
    # Closed, the second branch fails, and exactly one is left: the original must hold as well.
    child = {"type": "object", "properties": {"x": {}}}
    schema = {
        "type": "object",
        "properties": {"a": {}},
        "oneOf": [{"required": ["a"]}, {"properties": {"a": child}}],
    }
    refuses(schema, {"a": {"x": 1, "y": 2}})


def test_nothing_is_fetched():
    for reference in ("https://elsewhere.example/s", "file:///etc/passwd", "other.json"):
        with pytest.raises(SchemaUnusable):
            compile_by_library({"type": "object", "properties": {"a": {"$ref": reference}}})
    check = compile_by_library({"type": "object", "oneOf": [{"$ref": "https://e.example/s"}]})
    with pytest.raises(SchemaUnusable):
        check({})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"type": "object", "minProperties": -1},
        {"patternProperties": {"^(a+)+$": {}}},
        {"properties": {"a": {"dependencies": {}}}},
        {"items": [{"$dynamicRef": "#x"}]},
        {"$id": "https://elsewhere.example/"},
    ],
)
def test_a_schema_that_cannot_be_checked_in_bounds_is_refused(schema):
    with pytest.raises(SchemaUnusable):
        compile_by_library(schema)


def test_properties_may_be_called_like_keywords():
    check = compile_by_library(
        {
            "type": "object",
            "properties": {"$id": {"type": "string"}, "patternProperties": {"type": "string"}},
            "default": {"$id": "x"},
            "minProperties": 1,
        }
    )
    check({"$id": "x", "patternProperties": "y"})


def test_an_endless_reference_ends():
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}}
    loop = {**schema, "$defs": {"a": {"$ref": "#/$defs/a"}}}
    refuses(loop, {"a": 1})


def test_branches_upon_branches_end():
    definitions = {
        f"l{n}": {"anyOf": [{"$ref": f"#/$defs/l{n + 1}"}, {"$ref": f"#/$defs/l{n + 1}"}]}
        for n in range(20)
    }
    definitions["l20"] = {"type": "string"}
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/l0"}}, "$defs": definitions}
    started = perf_counter()
    refuses(schema, {"a": 1})
    assert perf_counter() - started < 20


def test_a_hundred_thousand_elements_end():
    schema = {
        "type": "object",
        "minProperties": 0,
        "properties": {"a": {"type": "array", "items": {"type": "object"}, "uniqueItems": True}},
    }
    refuses(schema, {"a": [{"n": n} for n in range(30_000)]})


def test_a_pattern_is_matched_in_linear_time_here_too():
    schema = {"minProperties": 0, "properties": {"a": {"pattern": "^(a+)+$"}}}
    check = refuses(schema, {"a": "a" * 50_000 + "!"}, {"a": "b"})
    check({"a": 5})


def test_unique_is_unique_by_jsons_equality():
    schema = {
        "minProperties": 0,
        "properties": {"a": {"uniqueItems": True}, "b": {"uniqueItems": False}},
    }
    check = refuses(schema, {"a": [1, 1.0]}, {"a": [{"x": []}, {"x": []}]})
    check({"a": [1, True], "b": [1, 1]})
    check({"a": "xx"})


def test_a_refusal_quotes_nothing_of_the_call():
    check = compile_by_library({"minProperties": 0, "properties": {"a": {"type": "string"}}})
    for arguments in ({"a": 12345}, {"hunter2": 1}):
        with pytest.raises(ArgumentsInvalid) as caught:
            check(arguments)
        assert "hunter2" not in str(caught.value)
        assert "12345" not in str(caught.value)
