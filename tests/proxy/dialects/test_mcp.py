"""What an MCP client asks for; hostile forms of it are in tests/hostile."""

import json
from collections.abc import Mapping

import pytest

from remit.identity.tools import Protocol
from remit.kernel.canonical import Json
from remit.mcp.errors import (
    HeaderMismatch,
    InvalidParams,
    MCPError,
    MethodNotFound,
    ParseError,
    UnknownTool,
)
from remit.proxy.asked import Asked, AskedCall, AskedDiscovery, AskedTools, MCPForm, Notified
from remit.proxy.attempt import Attempt
from remit.proxy.dialects.mcp import describe_mcp
from remit.proxy.limits import ProxyLimits
from remit.proxy.messages import BufferedBody, IncomingCall
from tests.proxy.world import MCP_SERVER, mcp_body, mcp_headers, mcp_tool, server

SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "count": {"type": "integer", "x-mcp-header": "Count"},
    },
}
TOOL = mcp_tool({"name": "t", "inputSchema": SCHEMA})
SERVER = server(MCP_SERVER, "s", Protocol.MCP, "http://127.0.0.1:1", [TOOL])


def describe(
    method: str,
    params: Mapping[str, Json] | None = None,
    *headers: tuple[bytes, bytes],
    named: str | None = None,
    attempt: Attempt | None = None,
    meta: Mapping[str, Json] | None = None,
) -> Asked:
    body = mcp_body(method, params or {}, meta or {})
    given = (*mcp_headers(method, named), *headers)
    incoming = IncomingCall("POST", b"/tools/s", b"", given, BufferedBody(body), "peer")
    return describe_mcp(incoming, body, SERVER, ProxyLimits(), attempt or Attempt())


def call(arguments: Mapping[str, Json], *headers: tuple[bytes, bytes]) -> Asked:
    return describe("tools/call", {"name": "t", "arguments": arguments}, *headers, named="t")


def test_a_call_is_a_tool_its_arguments_and_how_to_answer() -> None:
    attempt = Attempt()
    asked = describe(
        "tools/call",
        {"name": "t"},
        named="t",
        attempt=attempt,
        meta={"progressToken": 9, "io.modelcontextprotocol/logLevel": "info"},
    )
    assert isinstance(asked, AskedCall)
    assert (asked.tool, asked.arguments) == (TOOL, {})
    assert asked.form == attempt.form == MCPForm("call-1", 9, "info")
    assert attempt.tool == "t"


def test_lists_and_discovery_are_our_own() -> None:
    assert isinstance(describe("tools/list"), AskedTools)
    assert isinstance(describe("server/discover"), AskedDiscovery)


def test_parameters_in_headers_say_what_the_arguments_say_and_are_written_anew() -> None:
    headers = ((b"mcp-param-region", b"eu"), (b"mcp-param-count", b"5.0"), (b"mcp-param-x", b"y"))
    asked = call({"region": "eu", "count": 5}, *headers)
    assert isinstance(asked, AskedCall)
    assert sorted(asked.parameter_headers) == [
        (b"mcp-param-count", b"5"),
        (b"mcp-param-region", b"eu"),
    ]


@pytest.mark.parametrize(
    ("arguments", "headers"),
    [
        ({"region": "eu"}, ()),
        ({"region": "eu"}, ((b"mcp-param-region", b"us"),)),
        ({}, ((b"mcp-param-region", b"eu"),)),
        ({"region": "eu"}, ((b"mcp-param-region", b"eu"), (b"Mcp-Param-Region", b"eu"))),
        ({"region": "eu"}, ((b"mcp-param-region", b"=?base64?ZX!U=?="),)),
    ],
)
def test_parameters_in_headers_that_differ_are_refused(
    arguments: Mapping[str, Json], headers: tuple[tuple[bytes, bytes], ...]
) -> None:
    with pytest.raises(HeaderMismatch):
        call(arguments, *headers)


def test_a_tool_that_the_server_does_not_have_is_unknown() -> None:
    attempt = Attempt()
    with pytest.raises(UnknownTool) as unknown:
        describe("tools/call", {"name": "x"}, named="x", attempt=attempt)
    assert unknown.value.message == "Unknown tool: x"
    assert attempt.tool == "x"


@pytest.mark.parametrize("more", [{"requestState": "s"}, {"inputResponses": {}}])
def test_an_answer_to_what_was_never_asked_is_refused(more: Mapping[str, Json]) -> None:
    with pytest.raises(InvalidParams):
        describe("tools/call", {"name": "t", **more}, named="t")


@pytest.mark.parametrize("method", ["subscriptions/listen", "resources/list", "tasks/get"])
def test_what_is_not_offered_is_not_there(method: str) -> None:
    params: Mapping[str, Json] = (
        {"notifications": {"toolsListChanged": True}} if "listen" in method else {}
    )
    with pytest.raises(MethodNotFound):
        describe(method, params)


def test_a_notification_wants_no_answer() -> None:
    message = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    body = json.dumps(message).encode()
    headers = mcp_headers("notifications/cancelled")
    incoming = IncomingCall("POST", b"/tools/s", b"", headers, BufferedBody(body), "peer")
    assert describe_mcp(incoming, body, SERVER, ProxyLimits(), Attempt()) == Notified()


def test_an_encoded_body_is_refused() -> None:
    with pytest.raises(ParseError):
        describe("tools/list", {}, (b"content-encoding", b"gzip"))


def test_too_many_members_are_refused() -> None:
    with pytest.raises(MCPError):
        call({"region": "eu", "list": list(range(30_000))})
