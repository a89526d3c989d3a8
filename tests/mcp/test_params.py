import pytest

from remit.mcp.errors import HeaderMismatch, ToolDefinitionInvalid
from remit.mcp.headers import MCPHeaders
from remit.mcp.params import HeaderParameter, read_header_parameters, verify_parameter_headers

REGION = {"type": "string", "x-mcp-header": "Region"}
SCHEMA = {
    "type": "object",
    "properties": {
        "region": REGION,
        "limit": {"type": "integer", "x-mcp-header": "Limit"},
        "deep": {
            "type": "object",
            "properties": {"dry": {"type": "boolean", "x-mcp-header": "Dry"}},
        },
        "x-mcp-header": {"type": "string"},
        "plain": {
            "default": {"x-mcp-header": "no annotation"},
            "enum": [{"x-mcp-header": "nor this"}],
        },
    },
}


def given(**params):
    return MCPHeaders(None, None, None, tuple(params.items()))


def verify(arguments, **params):
    return verify_parameter_headers(read_header_parameters(SCHEMA), arguments, given(**params))


def test_annotations_are_found_along_properties_and_nowhere_else():
    assert set(read_header_parameters(SCHEMA)) == {
        HeaderParameter(("region",), "Region", "string"),
        HeaderParameter(("limit",), "Limit", "integer"),
        HeaderParameter(("deep", "dry"), "Dry", "boolean"),
    }
    assert read_header_parameters({"type": "object"}) == ()


@pytest.mark.parametrize(
    "schema",
    [
        {"x-mcp-header": "Root", "type": "string"},
        {"properties": {"a": {"type": "number", "x-mcp-header": "A"}}},
        {"properties": {"a": {"type": ["string"], "x-mcp-header": "A"}}},
        {"properties": {"a": {"x-mcp-header": "A"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": ""}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A B"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "A\r\nB"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": "Ä"}}},
        {"properties": {"a": {"type": "string", "x-mcp-header": 1}}},
        {"properties": {"a": REGION, "b": {"type": "string", "x-mcp-header": "REGION"}}},
        {"properties": {"a": {"type": "array", "items": REGION}}},
        {"properties": {"a": {"anyOf": [REGION]}}},
        {"allOf": [{"properties": {"a": REGION}}]},
        {"$defs": {"a": REGION}}, {"patternProperties": {"a": REGION}},
        {"additionalProperties": REGION}, {"if": {"properties": {"a": REGION}}},
    ],
)  # fmt: skip
def test_an_annotation_that_clients_must_reject_condemns_the_definition(schema):
    with pytest.raises(ToolDefinitionInvalid):
        read_header_parameters(schema)


def test_headers_that_agree_are_written_anew():
    arguments = {"region": "Zürich", "limit": 42, "deep": {"dry": False}}
    written = verify(
        arguments, region="=?base64?WsO8cmljaA==?=", limit="42", dry="false", other="x"
    )
    assert set(written) == {
        (b"mcp-param-region", b"=?base64?WsO8cmljaA==?="),
        (b"mcp-param-limit", b"42"),
        (b"mcp-param-dry", b"false"),
    }


@pytest.mark.parametrize(("limit", "stated"), [(42, "42.0"), (42.0, "42"), (-7, "-7.00"), (0, "0")])
def test_integers_are_compared_as_numbers(limit, stated):
    assert verify({"limit": limit}, limit=stated) == ((b"mcp-param-limit", b"%d" % limit),)


@pytest.mark.parametrize(
    ("arguments", "params"),
    [
        ({"region": "a"}, {}), ({}, {"region": "a"}), ({"region": None}, {"region": "null"}),
        ({"region": "a"}, {"region": "b"}), ({"region": "a"}, {"region": "A"}),
        ({"region": "a"}, {"region": "=?base64?YQ?="}), ({"limit": 42}, {"limit": "4.2e1"}),
        ({"limit": 42}, {"limit": "42.5"}), ({"limit": 42}, {"limit": "042"}),
        ({"limit": 42}, {"limit": "+42"}), ({"limit": 42}, {"limit": "\u0664\u0662"}),
        ({"deep": {"dry": True}}, {"dry": "True"}), ({"deep": {"dry": True}}, {"dry": "1"}),
        ({"deep": "x"}, {"dry": "true"}), ({"region": ["a"]}, {"region": "a"}),
    ],
)  # fmt: skip
def test_a_parameter_header_that_differs_from_its_argument_is_refused(arguments, params):
    with pytest.raises(HeaderMismatch):
        verify(arguments, **params)


def test_what_is_absent_or_null_has_no_header():
    assert verify({"region": None, "deep": {}}) == ()
