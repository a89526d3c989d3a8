import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import RemitError
from remit.mcp.errors import (
    HeaderMismatch,
    InvalidParams,
    InvalidRequest,
    MCPError,
    MethodNotFound,
    UnsupportedProtocolVersion,
)
from remit.mcp.headers import MCPHeaders
from remit.mcp.messages import MCPNotification, MCPRequest, parse_request
from tests.mcp.cases import META, VERSION, body, call, headers, parse, request

INFO = "io.modelcontextprotocol/clientInfo"


def refused(message, raw_headers, error):
    with pytest.raises(error) as caught:
        parse(message, raw_headers)
    return caught.value


def test_a_tool_call_is_read_member_by_member():
    parsed = call("get_weather", {"city": "Bern"}, "a-1")
    assert isinstance(parsed, MCPRequest)
    assert (parsed.id, parsed.method.name, parsed.name) == ("a-1", "tools/call", "get_weather")
    assert parsed.arguments == {"city": "Bern"}
    assert parsed.meta.protocol_version == VERSION
    assert "_meta" not in parsed.params


def test_arguments_may_be_left_out():
    assert call().arguments == {}


@pytest.mark.parametrize(
    "message",
    [
        [], [body()], "x", 1, None, True, {},
        {**body(), "extra": 1}, {**body(), "Method": "tools/list"}, {**body(), "jsonrpc": "1.0"},
        {**body(), "jsonrpc": 2}, {**body(), "method": None}, {**body(), "params": []},
        {**body(), "params": None}, {**body(), "result": {}},
        {"id": 1, "method": "tools/list", "params": {"_meta": META}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
    ],
)  # fmt: skip
def test_what_is_not_one_request_with_exactly_its_members_is_refused(message):
    with pytest.raises(InvalidRequest) as caught:
        parse_request(message, MCPHeaders(VERSION, "tools/call", "x"))
    assert (caught.value.status, caught.value.code) == (400, -32600)


@pytest.mark.parametrize("request_id", [None, 1.5, True, [], {}, "x" * 257])
def test_an_id_is_a_string_or_an_integer(request_id):
    error = refused(body(request_id=request_id), headers(), InvalidRequest)
    assert error.request_id is None


def test_an_error_after_the_id_carries_the_id():
    assert refused({**body(request_id="q"), "x": 1}, headers(), InvalidRequest).request_id == "q"
    assert refused(body("nope", 7), headers("nope"), MethodNotFound).request_id == 7


@pytest.mark.parametrize(
    "meta",
    [
        None, [], {}, {"io.modelcontextprotocol/protocolVersion": VERSION},
        {"io.modelcontextprotocol/clientCapabilities": {}},
        {**META, "io.modelcontextprotocol/clientCapabilities": []},
        {**META, "io.modelcontextprotocol/protocolVersion": 20260728},
        {**META, INFO: "me"}, {**META, "io.modelcontextprotocol/logLevel": "loud"},
        {**META, "progressToken": None}, {**META, "progressToken": 1.5},
        {**META, "progressToken": True},
    ],
)  # fmt: skip
def test_metadata_that_is_missing_or_of_another_type_is_refused(meta):
    error = refused(body("tools/list", meta=meta), headers("tools/list"), InvalidParams)
    assert (error.status, error.code) == (400, -32602)


def test_metadata_is_kept_by_name_and_nothing_else_of_it():
    meta = {**META, INFO: {"name": "x"}, "progressToken": "p", "com.example/secret": "s3cr3t"}
    parsed = call(meta=meta)
    assert parsed.meta.progress_token == "p"
    assert parsed.meta.unverified_client_info == {"name": "x"}
    assert "s3cr3t" not in str(parsed.meta) + str(parsed.params)


@pytest.mark.parametrize("version", ["2025-11-25", "1900-01-01", "", "2026-07-28 "])
def test_another_era_is_refused_with_those_that_are_served(version):
    meta = {**META, "io.modelcontextprotocol/protocolVersion": version}
    stated = MCPHeaders(version, "tools/list", None)
    with pytest.raises(UnsupportedProtocolVersion) as caught:
        parse_request(body("tools/list", meta=meta), stated)
    assert caught.value.data == {"supported": ("2026-07-28",), "requested": version}
    assert (caught.value.status, caught.value.code) == (400, -32022)


@pytest.mark.parametrize(
    "method",
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/get", "Tools/call",
     "tools/call ", "", "notifications/cancelled", "sampling/createMessage"],
)  # fmt: skip
def test_a_method_that_is_not_in_the_table_does_not_exist(method):
    with pytest.raises(MethodNotFound) as caught:
        parse_request(body(method), MCPHeaders(VERSION, method, None))
    assert (caught.value.status, caught.value.code) == (404, -32601)


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        (MCPHeaders(None, "tools/call", "x"), "MCP-Protocol-Version"),
        (MCPHeaders("2025-11-25", "tools/call", "x"), "MCP-Protocol-Version"),
        (MCPHeaders(VERSION, None, "x"), "Mcp-Method"),
        (MCPHeaders(VERSION, "tools/list", "x"), "Mcp-Method"),
        (MCPHeaders(VERSION, "TOOLS/CALL", "x"), "Mcp-Method"),
        (MCPHeaders(VERSION, "tools/call", None), "Mcp-Name"),
        (MCPHeaders(VERSION, "tools/call", "y"), "Mcp-Name"),
        (MCPHeaders(VERSION, "tools/call", "X"), "Mcp-Name"),
        (MCPHeaders(VERSION, "tools/call", "=?base64?eA=?="), "Mcp-Name"),
        (MCPHeaders(VERSION, "tools/call", "=?base64?eB==?="), "Mcp-Name"),
    ],
)
def test_a_header_that_does_not_say_what_the_body_says_is_refused(stated, named):
    with pytest.raises(HeaderMismatch) as caught:
        parse_request(body(name="x"), stated)
    assert (caught.value.status, caught.value.code) == (400, -32020)
    assert named in caught.value.message


def test_a_name_may_be_in_its_base64_form():
    stated = MCPHeaders(VERSION, "tools/call", "=?base64?eA==?=")
    assert parse_request(body(name="x"), stated).name == "x"


def test_a_name_header_on_a_method_that_names_nothing_is_refused():
    refused(body("tools/list"), headers("tools/list", "x"), HeaderMismatch)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {}), ("tools/call", {"name": 1}), ("tools/call", {"Name": "x"}),
        ("tools/call", {"name": "x", "arguments": []}), ("tools/call", {"name": "x", "args": {}}),
        ("tools/call", {"name": "x", "arguments": None}), ("tools/call", {"name": "x", "task": {}}),
        ("tools/call", {"name": "x", "requestState": {}}),
        ("tools/list", {"cursor": 1}), ("tools/list", {"filter": "x"}),
        ("resources/read", {"name": "x"}), ("prompts/get", {"name": "x", "arguments": {"a": 1}}),
        ("completion/complete", {"ref": {}}), ("completion/complete", {"ref": "x", "argument": {}}),
        ("server/discover", {"x": 1}), ("subscriptions/listen", {}),
        ("subscriptions/listen", {"notifications": []}),
        ("subscriptions/listen", {"notifications": {"taskIds": ["x"]}}),
        ("subscriptions/listen", {"notifications": {"toolsListChanged": 1}}),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": "x"}}),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": [1]}}),
        ("subscriptions/listen", {"notifications": {"resourceSubscriptions": ["x"] * 257}}),
    ],
)  # fmt: skip
def test_params_are_exactly_those_of_the_method(method, params):
    name = params.get("name") or params.get("uri")
    stated = MCPHeaders(VERSION, method, name if isinstance(name, str) else None)
    with pytest.raises(InvalidParams):
        parse_request(body(method, **params), stated)


def test_every_method_that_streams_or_lists_is_read():
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["file:///a"]}
    assert request("subscriptions/listen", notifications=wanted).method.is_stream
    assert request("tools/list", cursor="next").method.lists == "tools"
    uri = "file:///ü"
    message = body("resources/read", uri=uri)
    stated = MCPHeaders(VERSION, "resources/read", "=?base64?ZmlsZTovLy/DvA==?=")
    assert parse_request(message, stated).name == uri


def notification(**more):
    return {
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": 1},
        **more,
    }


def test_a_notification_needs_only_the_version():
    parsed = parse_request(notification(), MCPHeaders(VERSION, None, None))
    assert isinstance(parsed, MCPNotification)
    assert parsed.params == {"requestId": 1}


@pytest.mark.parametrize(
    ("message", "stated", "error"),
    [
        (notification(), MCPHeaders(None, None, None), InvalidRequest),
        (notification(), MCPHeaders("2025-11-25", None, None), UnsupportedProtocolVersion),
        (notification(), MCPHeaders(VERSION, "tools/call", None), HeaderMismatch),
        (notification(method="tools/call"), MCPHeaders(VERSION, None, None), MethodNotFound),
        (notification(method="notifications/x"), MCPHeaders(VERSION, None, None), MethodNotFound),
        (notification(params={}), MCPHeaders(VERSION, None, None), InvalidParams),
        (notification(params={"requestId": True}), MCPHeaders(VERSION, None, None), InvalidParams),
        (
            notification(params={"requestId": 1, "_meta": {**META, next(iter(META)): "x"}}),
            MCPHeaders(VERSION, None, None),
            HeaderMismatch,
        ),
        (
            notification(params={"requestId": 1, "_meta": 1}),
            MCPHeaders(VERSION, None, None),
            InvalidParams,
        ),
    ],
)
def test_a_notification_that_is_odd_is_refused(message, stated, error):
    with pytest.raises(error):
        parse_request(message, stated)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["jsonrpc", "id", "method", "params", "_meta", "name", "arguments",
                         "notifications", *META]) | st.text(max_size=5), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip
NEARLY = st.fixed_dictionaries(
    {
        "jsonrpc": st.just("2.0"),
        "id": st.integers() | JSON,
        "method": st.sampled_from(["tools/call", "subscriptions/listen", "resources/read"]) | JSON,
        "params": st.dictionaries(
            st.sampled_from(["name", "uri", "arguments", "notifications"]), JSON, max_size=3
        ).map(lambda params: {**params, "_meta": META})
        | JSON,
    }
)
STATED = st.builds(
    MCPHeaders,
    st.just(VERSION) | st.none() | st.text(max_size=5),
    st.sampled_from(["tools/call", "subscriptions/listen", "resources/read", None]),
    st.none() | st.text(max_size=5) | st.just("=?base64?!?="),
)


@given(JSON | NEARLY, STATED)
def test_no_message_raises_anything_but_an_mcp_error(message, stated):
    try:
        parsed = parse_request(message, stated)
    except RemitError as error:
        parsed = error
    assert isinstance(parsed, (MCPRequest, MCPNotification, MCPError))
