import json

from remit.mcp import build
from remit.mcp.eras import MODERN
from remit.mcp.errors import InvalidRequest, UnknownTool, UnsupportedProtocolVersion
from remit.mcp.headers import read_headers
from remit.mcp.messages import MCPRequest, parse_request
from tests.mcp.cases import META, call, request

REMIT = build.Implementation("remit", "1")
SERVER_INFO = {"io.modelcontextprotocol/serverInfo": {"name": "remit", "version": "1"}}


def test_a_result_says_what_it_is_and_who_answers():
    assert json.loads(build.result("a", {"content": []}, REMIT)) == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": {"resultType": "complete", "content": [], "_meta": SERVER_INFO},
    }


def test_what_is_written_is_canonical():
    assert build.error(InvalidRequest(request_id=1)) == (
        b'{"error":{"code":-32600,"message":"Invalid request"},"id":1,"jsonrpc":"2.0"}'
    )


def test_an_error_before_the_id_was_read_has_a_null_id():
    assert json.loads(build.error(InvalidRequest()))["id"] is None


def test_an_error_carries_the_data_that_the_standard_defines_and_never_its_detail():
    wire = build.error(UnsupportedProtocolVersion("1900-01-01", ("2026-07-28",), request_id=1))
    assert json.loads(wire)["error"] == {
        "code": -32022,
        "message": "Unsupported protocol version",
        "data": {"supported": ["2026-07-28"], "requested": "1900-01-01"},
    }
    assert b"s3cr3t" not in build.error(UnknownTool("s3cr3t", named="x"))


def test_a_list_is_private_to_its_reader():
    listed = json.loads(build.list_result(1, "tools", [], REMIT, ttl_ms=5000, next_cursor="n"))
    assert listed["result"]["cacheScope"] == "private"
    assert listed["result"]["ttlMs"] == 5000
    assert listed["result"]["nextCursor"] == "n"
    assert json.loads(build.list_result(1, "tools", [], REMIT, ttl_ms=-1))["result"]["ttlMs"] == 0


def test_discovery_says_which_eras_are_served():
    wire = build.discover_result(
        1, ["2026-07-28"], {"tools": {}}, REMIT, ttl_ms=1, instructions="i"
    )
    result = json.loads(wire)["result"]
    assert result["supportedVersions"] == ["2026-07-28"]
    assert result["capabilities"] == {"tools": {}}
    assert result["instructions"] == "i"
    assert result["cacheScope"] == "private"


def test_a_denied_call_is_a_result_that_the_model_is_shown():
    result = json.loads(build.denied_result(1, "Denied: amount above 100", REMIT))["result"]
    assert result["isError"] is True
    assert result["resultType"] == "complete"
    assert result["content"] == [{"type": "text", "text": "Denied: amount above 100"}]


def test_a_subscription_is_marked_with_the_clients_id():
    wire = build.subscription_notification("notifications/tools/list_changed", {}, "mine")
    assert json.loads(wire)["params"] == {
        "_meta": {"io.modelcontextprotocol/subscriptionId": "mine"}
    }
    closed = json.loads(build.subscription_closed("mine", REMIT))
    assert closed["id"] == "mine"
    assert closed["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "mine"


def test_what_goes_up_is_what_was_parsed_with_an_id_and_metadata_of_our_own():
    meta = {
        **META,
        "progressToken": 5,
        "io.modelcontextprotocol/clientInfo": {"name": "spoofed"},
        "io.modelcontextprotocol/logLevel": "info",
        "com.example/secret": "s3cr3t",
        "traceparent": "00-x",
    }
    sent = build.upstream_message(
        call("wetter_ü", {"b": 1, "a": 2}, "theirs", meta),
        REMIT,
        sent_as=77,
        parameter_headers=((b"mcp-param-a", b"2"),),
    )
    assert sent.id == 77
    assert sent.body == (
        b'{"id":77,"jsonrpc":"2.0","method":"tools/call","params":{"_meta":{'
        b'"io.modelcontextprotocol/clientCapabilities":{},'
        b'"io.modelcontextprotocol/clientInfo":{"name":"remit","version":"1"},'
        b'"io.modelcontextprotocol/logLevel":"info",'
        b'"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":5},'
        b'"arguments":{"a":2,"b":1},"name":"wetter_\xc3\xbc"}}'
    )
    assert sent.headers == (
        (b"content-type", b"application/json"),
        (b"accept", b"application/json, text/event-stream"),
        (b"mcp-protocol-version", b"2026-07-28"),
        (b"mcp-method", b"tools/call"),
        (b"mcp-name", b"=?base64?d2V0dGVyX8O8?="),
        (b"mcp-param-a", b"2"),
    )


def test_what_goes_up_would_be_accepted_here():
    for message in (
        build.upstream_message(call("x", {"a": 1}), REMIT, sent_as=1),
        build.upstream_message(request("tools/list", cursor="c"), REMIT, sent_as="s"),
        build.own_message(MODERN, "server/discover", {}, REMIT, sent_as=2),
    ):
        again = parse_request(json.loads(message.body), read_headers(message.headers))
        assert isinstance(again, MCPRequest)
        assert again.id == message.id
