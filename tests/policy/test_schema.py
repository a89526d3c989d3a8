"""From JSON Schema to what policies may know: a type that is exact, or none with the reason."""

import pytest

from remit.policy import schema as module
from remit.policy.argument_types import (
    Boolean,
    Field,
    Fixed,
    Long,
    Opaque,
    RecordOf,
    SetOf,
    Text,
)
from remit.policy.schema import describe_input


def describe(properties, **more):
    return describe_input({"type": "object", "properties": properties, **more})


def type_of(schema, **more):
    return describe({"a": schema}, **more).fields["a"].type


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, Text()),
        ({"type": "string", "enum": ["a", "b"]}, Text(("a", "b"))),
        ({"type": "string", "allOf": [{"minLength": 2}]}, Text()),
        ({"type": "integer"}, Long()),
        ({"type": "integer", "minimum": 1, "maximum": 9.5}, Long(minimum=1)),
        ({"type": "integer", "enum": [1, 2]}, Long((1, 2))),
        ({"type": "number"}, Fixed()),
        ({"type": "boolean"}, Boolean()),
        ({"enum": ["a"]}, Text(("a",))),
        ({"enum": [1, 2]}, Long((1, 2))),
        ({"const": True}, Boolean()),
        ({"type": "array", "items": {"type": "string"}}, SetOf(Text(), may_be_empty=True)),
        (
            {"type": "array", "items": {"type": "integer"}, "minItems": 1},
            SetOf(Long(), may_be_empty=False),
        ),
        (
            {"type": "object", "properties": {"b": {"type": "boolean"}}, "required": ["b"]},
            RecordOf({"b": Field(Boolean(), True)}),
        ),
    ],
)
def test_what_cedar_and_json_schema_share_has_a_type(schema, kind):
    assert type_of(schema) == kind


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"description": "anything"},
        {"type": ["string", "null"]},
        {"type": "null"},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "string"}]},
        {"enum": ["a", 1]},
        {"enum": ["a", None]},
        {"enum": [1, True]},
        {"enum": []},
        {"const": 1.5},
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "array"},
        {"type": "array", "items": True},
        {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        {"type": "array", "items": {"type": "object", "properties": {}}},
        {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "string"}},
        {"$ref": "https://elsewhere.example/schema"},
        {"$ref": "#anchor"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#/$defs/loop"},
        {"$ref": "#/$defs/word", "minLength": 3},
    ],
)
def test_everything_else_is_opaque_and_says_why(schema):
    definitions = {"word": {"type": "string"}, "loop": {"$ref": "#/$defs/loop"}}
    kind = type_of(schema, **{"$defs": definitions})
    assert isinstance(kind, Opaque)
    assert kind.reason


def test_references_within_the_schema_are_followed():
    kind = type_of({"$ref": "#/$defs/a~1b", "description": "x"}, **{"$defs": {"a/b": {"const": 1}}})
    assert kind == Long((1,))


@pytest.mark.parametrize("name", ["__entity", "__extn", "__expr", ""])
def test_names_that_escape_in_cedars_json_are_never_attributes(name):
    assert isinstance(describe({name: {"type": "string"}}).fields[name].type, Opaque)
    nested = {"type": "object", "properties": {name: {"type": "string"}}}
    kind = type_of(nested)
    assert isinstance(kind, RecordOf)
    assert isinstance(kind.fields[name].type, Opaque)


def test_nesting_is_bounded():
    schema = {"type": "string"}
    for _ in range(20):
        schema = {"type": "object", "properties": {"a": schema}}
    kind = describe_input(schema)
    depth = 0
    while isinstance(kind, RecordOf):
        kind, depth = kind.fields["a"].type, depth + 1
    assert isinstance(kind, Opaque)
    assert depth == module.MAX_DEPTH


def test_a_record_of_too_many_fields_is_open_and_shows_none():
    record = describe({f"a{n}": {"type": "string"} for n in range(module.MAX_FIELDS + 1)})
    assert record.fields == {}
    assert record.open_because


def test_only_required_properties_are_required():
    record = describe({"a": {"type": "string"}, "b": {"type": "string"}}, required=["a"])
    assert [record.fields[name].required for name in "ab"] == [True, False]


@pytest.mark.parametrize(
    "more",
    [
        {"additionalProperties": True},
        {"additionalProperties": {"type": "string"}},
        {"unevaluatedProperties": True},
        {"allOf": [{"properties": {"b": {}}}]},
        {"patternProperties": {"^x": {}}},
        {"$ref": "#/$defs/x"},
    ],
)
def test_a_schema_that_may_hold_more_than_it_lists_is_open(more):
    assert describe({"a": {"type": "string"}}, **more).open_because


def test_a_schema_that_holds_what_it_lists_is_closed():
    assert describe({"a": {"type": "string"}}).open_because is None
    assert describe({}, additionalProperties=False, anyOf=[{}]).open_because is None
    assert describe_input({"properties": {}}).open_because
