"""Closing adds what refuses the undeclared, and changes nothing else."""

import pytest

from remit.policy.closing import MAX_REFERENCES, close, follow
from remit.policy.refusals import SchemaUnusable

CLOSED = {"unevaluatedProperties": False}
LISTS = {"properties": {"x": {}}}


def test_the_top_is_closed_whatever_it_lists():
    assert close({"type": "object"}) == {"type": "object", **CLOSED}


@pytest.mark.parametrize("keyword", ["additionalProperties", "unevaluatedProperties"])
def test_a_schema_that_says_itself_is_left_as_it_is(keyword):
    schema = {keyword: True, "properties": {"a": {**LISTS, keyword: True}}}
    assert close(schema) == schema


@pytest.mark.parametrize(
    "child",
    [
        LISTS,
        {"$ref": "#/$defs/lists"},
        {"allOf": [{}, LISTS]},
        {"anyOf": [{"oneOf": [LISTS]}, True]},
        {"if": {}, "then": LISTS},
    ],
)
def test_children_that_list_properties_are_closed(child):
    schema = {"properties": {"a": child}, "items": child, "prefixItems": [child]}
    closed = close({**schema, "$defs": {"lists": LISTS}})
    for found in (closed["properties"]["a"], closed["items"], closed["prefixItems"][0]):
        assert found == {**child, **CLOSED}


@pytest.mark.parametrize(
    "child",
    [True, {"type": "object"}, {"type": "string"}, {"$ref": "#/$defs/self"}, {"not": LISTS}],
)
def test_free_form_children_stay_open(child):
    schema = {"properties": {"a": child}, "$defs": {"self": {"$ref": "#/$defs/self"}}}
    assert close(schema) == {**schema, **CLOSED}


def test_branches_are_closed_by_what_holds_them_and_conditions_not_at_all():
    schema = {"oneOf": [LISTS], "not": {"properties": {"a": LISTS}}, "if": LISTS}
    assert close(schema) == {**schema, **CLOSED}


def test_children_within_branches_and_definitions_are_closed():
    inner = {"properties": {"a": LISTS}}
    closed = close({"$defs": {"d": inner}, "allOf": [inner]})
    expected = {"properties": {"a": {**LISTS, **CLOSED}}}
    assert closed["$defs"]["d"] == expected
    assert closed["allOf"] == [expected]


def test_a_maze_of_branches_is_refused():
    with pytest.raises(SchemaUnusable):
        close({"properties": {"a": {"allOf": [{"n": n} for n in range(MAX_REFERENCES + 1)]}}})
    with pytest.raises(SchemaUnusable):
        close({"properties": {"a": {"$ref": "https://elsewhere.example/"}}})


def test_only_local_references_are_followed():
    root = {"$defs": {"a/b": {"c~d": 1}}}
    assert follow(root, "#") is root
    assert follow(root, "#/$defs/a~1b/c~0d") == 1
    assert follow(root, "#/$defs/none/x") is False
    for reference in ("https://elsewhere.example/", "other.json", 5):
        with pytest.raises(SchemaUnusable):
            follow(root, reference)
