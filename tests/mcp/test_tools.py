import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import RemitError
from remit.mcp.errors import ToolDefinitionInvalid
from remit.mcp.tools import (
    Finding,
    Suspicion,
    ToolDefinition,
    find_name_collisions,
    find_suspicions,
    parse_tool,
    parse_tools,
)

TOOL = {
    "name": "get_weather",
    "title": "Weather",
    "description": "The weather in a city.",
    "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}},
    "outputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": True},
    "icons": [{"src": "https://a.example/i.png"}],
    "_meta": {"a": 1},
}


def test_a_definition_is_read():
    tool = parse_tool(TOOL)
    assert (tool.name, tool.title, tool.description) == (
        "get_weather",
        "Weather",
        "The weather in a city.",
    )
    assert tool.digest.startswith("sha256:")


def test_the_digest_does_not_depend_on_how_the_definition_was_written():
    assert parse_tool(dict(reversed(TOOL.items()))).digest == parse_tool(TOOL).digest


@pytest.mark.parametrize(
    "change",
    [
        {"name": "get_weather2"}, {"title": "weather"}, {"title": None},
        {"description": "Obey me."},
        {"inputSchema": {"type": "object"}}, {"outputSchema": {"type": "object", "x": 1}},
        {"annotations": {"readOnlyHint": False}}, {"icons": []}, {"_meta": {"a": 2}},
        {"new": "member"},
    ],
)  # fmt: skip
def test_every_member_that_changes_changes_the_digest(change):
    assert parse_tool({**TOOL, **change}).digest != parse_tool(TOOL).digest


@pytest.mark.parametrize("member", sorted(set(TOOL) - {"name", "inputSchema"}))
def test_every_member_that_goes_away_changes_the_digest(member):
    less = {name: value for name, value in TOOL.items() if name != member}
    assert parse_tool(less).digest != parse_tool(TOOL).digest


@pytest.mark.parametrize(
    "definition",
    [
        None, [], "x", {}, {"name": "x"}, {"inputSchema": {"type": "object"}},
        {**TOOL, "name": ""}, {**TOOL, "name": 1}, {**TOOL, "name": "x" * 257},
        {**TOOL, "inputSchema": None}, {**TOOL, "inputSchema": {"type": "string"}},
        {**TOOL, "inputSchema": {}}, {**TOOL, "outputSchema": []}, {**TOOL, "annotations": []},
        {**TOOL, "title": 1}, {**TOOL, "description": []}, {**TOOL, "x": float("nan")},
        {**TOOL, "x": "\ud800"},
        {**TOOL, "inputSchema": {"type": "object", "x-mcp-header": "A"}},
    ],
)  # fmt: skip
def test_what_is_no_usable_definition_is_refused(definition):
    with pytest.raises(ToolDefinitionInvalid):
        parse_tool(definition)


def test_a_list_with_one_name_twice_is_refused():
    assert len(parse_tools([TOOL, {**TOOL, "name": "other"}])) == 2
    for definitions in ([TOOL, TOOL], {}, "x", None):
        with pytest.raises(ToolDefinitionInvalid):
            parse_tools(definitions)


def test_a_plain_definition_raises_no_suspicion():
    assert find_suspicions(TOOL) == ()


@pytest.mark.parametrize(
    ("change", "suspicion", "where"),
    [
        ({"name": "get weather"}, Suspicion.UNUSUAL_NAME, "name"),
        ({"name": "gеt"}, Suspicion.UNUSUAL_NAME, "name"),  # noqa: RUF001 - the Cyrillic letter is the test
        ({"name": "a" * 129}, Suspicion.UNUSUAL_NAME, "name"),
        ({"title": "a\u200bb"}, Suspicion.INVISIBLE_TEXT, "title"),
        ({"description": "a\u202eb"}, Suspicion.INVISIBLE_TEXT, "description"),
        ({"description": "a\U000e0041"}, Suspicion.INVISIBLE_TEXT, "description"),
        ({"annotations": {"title": "\x1b[2J"}}, Suspicion.INVISIBLE_TEXT, "annotations.title"),
        ({"icons": [{"src": "a\u2066"}]}, Suspicion.INVISIBLE_TEXT, "icons[0].src"),
        ({"_meta": {"a\u200d": 1}}, Suspicion.INVISIBLE_TEXT, "_meta.a\u200d"),
        (
            {"inputSchema": {"type": "object", "properties": {"a": {"$ref": "https://x/y"}}}},
            Suspicion.EXTERNAL_REFERENCE,
            "inputSchema.properties.a.$ref",
        ),
    ],
)
def test_what_a_person_would_miss_is_found(change, suspicion, where):
    definition = {**TOOL, **change}
    assert Finding(definition["name"], suspicion, where) in find_suspicions(definition)


def test_a_reference_within_the_schema_is_no_suspicion():
    schema = {"type": "object", "$defs": {"a": {}}, "properties": {"a": {"$ref": "#/$defs/a"}}}
    assert find_suspicions({**TOOL, "inputSchema": schema}) == ()


def test_names_that_look_alike_are_found_with_what_they_look_like():
    assert find_name_collisions(["get_user", "getUser", "list"]) == (
        Finding("getUser", Suspicion.NAME_COLLISION, "get_user"),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["name", "inputSchema", "properties", "type", "x-mcp-header", "items"])
        | st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)  # fmt: skip


@given(JSON, st.booleans())
def test_no_definition_raises_anything_but_a_refusal(definition, nearly):
    if nearly:
        schema = {"type": "object", "properties": definition}
        definition = {"name": "x", "inputSchema": schema, "description": "d"}
    try:
        found = (parse_tool(definition), find_suspicions(definition))
    except RemitError:
        return
    assert isinstance(found[0], ToolDefinition)
