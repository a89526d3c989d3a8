"""The compiled checks agree with the library, and refuse what was not declared."""

import pytest

from remit.policy.checks import Beyond, compile_check, is_type
from remit.policy.json_schema import compile_by_library
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable

ADDRESS = {"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]}
CASES = [
    ({"type": "string"}, ["x", ""], [1, None, True, [], {}]),
    ({"type": "integer"}, [1, 0, -1, 1.0], ["1", 1.5, True, None]),
    ({"type": "number"}, [1, 1.5], ["1", False]),
    ({"type": "boolean"}, [True, False], [0, 1, "true"]),
    ({"type": "null"}, [None], [0, ""]),
    ({"type": "object"}, [{}, {"free": 1}], [[], "x"]),
    ({"type": "array"}, [[], [1, "x"]], [{}, "x"]),
    ({"type": ["string", "null"]}, ["x", None], [1]),
    ({"enum": ["a", "b"]}, ["a"], ["c", 1, None, ["a"]]),
    ({"enum": [1, "a", None]}, [1, 1.0, "a", None], [True, 2]),
    ({"const": 5}, [5, 5.0], [4, "5"]),
    ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "abc", "é€"], ["a", "abcd"]),
    ({"minLength": 2}, [1, "ab", None], ["a"]),
    ({"type": "string", "pattern": "^[a-z]+$"}, ["abc"], ["ABC", "abc\n"]),
    ({"pattern": "^a"}, [1, "a"], ["b"]),
    ({"minimum": 1, "maximum": 5}, [1, 5, "x", 2.5, True], [0, 6]),
    ({"exclusiveMinimum": 1, "exclusiveMaximum": 5}, [1.1, 4], [1, 5]),
    ({"type": "array", "items": {"type": "integer"}}, [[], [1]], [["1"], [1, None]]),
    ({"items": {"type": "integer"}}, ["x", [1]], [["x"]]),
    ({"minItems": 1, "maxItems": 2}, [[1], "x"], [[], [1, 2, 3]]),
    ({"uniqueItems": True}, [[1, True, "1"], "xx"], [[1, 1.0], [{"a": 1}, {"a": 1}]]),
    ({"uniqueItems": False}, [[1, 1]], []),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["x", None], [1, {}]),
    (
        {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "integer"}]},
        [["x"], 1],
        [[1], "x"],
    ),
    (ADDRESS, [{"zip": "1"}], [{}, {"zip": 1}, {"zip": "1", "more": 1}]),
    ({**ADDRESS, "additionalProperties": True}, [{"zip": "1", "more": 1}], [{"more": 1}]),
    (
        {**ADDRESS, "additionalProperties": {"type": "integer"}},
        [{"zip": "1", "more": 1}],
        [{"zip": "1", "more": "x"}],
    ),
    ({"properties": {"b": ADDRESS}}, ["no object", {"b": {"zip": ""}}], [{"b": {"z": 1}}]),
    ({"description": "any", "title": "t", "format": "date"}, [1, None, "x"], []),
]


def verdict(check, value):
    try:
        check({"a": value})
    except ArgumentsInvalid:
        return False
    return True


@pytest.mark.parametrize(("schema", "fitting", "unfit"), CASES)
def test_both_checks_say_the_same(schema, fitting, unfit):
    whole = {"type": "object", "properties": {"a": schema}}
    for check in (compile_check(whole, root=True), compile_by_library(whole)):
        assert [value for value in fitting if not verdict(check, value)] == []
        assert [value for value in unfit if verdict(check, value)] == []


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}])
def test_a_tool_without_properties_takes_no_arguments(schema):
    for check in (compile_check(schema, root=True), compile_by_library(schema)):
        check({})
        with pytest.raises(ArgumentsInvalid):
            check({"smuggled": 1})


def test_any_value_may_be_any_value():
    compile_check(True)(object())


def test_a_refusal_says_where_and_quotes_nothing():
    check = compile_check({"type": "object", "properties": {"a": {"type": "string"}}}, root=True)
    for arguments in ({"a": 12345}, {"hunter2": 1}):
        with pytest.raises(ArgumentsInvalid) as caught:
            check(arguments)
        assert "hunter2" not in str(caught.value)
        assert "12345" not in str(caught.value)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"$ref": "#/$defs/a"},
        {"allOf": [{}]},
        {"oneOf": [{}]},
        {"not": {}},
        {"if": {}},
        {"multipleOf": 2},
        {"prefixItems": []},
        {"patternProperties": {}},
        {"minLength": 1.0},
        {"required": ["a"]},
        {"additionalProperties": False},
        {"anyOf": [{"type": "object"}]},
        {"anyOf": [{"properties": {}}]},
        {"anyOf": [True]},
        {"anyOf": [{"type": ["string", "null"]}]},
    ],
)
def test_what_is_not_compiled_is_left_to_the_library(schema):
    with pytest.raises(Beyond):
        compile_check(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"type": 5},
        {"type": [5]},
        {"enum": "abc"},
        {"minimum": "1"},
        {"maximum": True},
        {"pattern": 5},
        {"pattern": "("},
        {"anyOf": "x"},
        {"properties": []},
        {"properties": {}, "required": 5},
        {"properties": {}, "required": [5]},
    ],
)
def test_what_is_no_schema_is_refused(schema):
    with pytest.raises(SchemaUnusable):
        compile_check(schema)


def test_types_are_those_of_json():
    assert not is_type(True, "integer")
    assert not is_type(True, "number")
    assert is_type(2.0, "integer")
    with pytest.raises(SchemaUnusable):
        is_type("x", "text")
