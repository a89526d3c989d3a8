"""What an HTTP client asks for; hostile forms of it are in tests/hostile."""

import pytest

from remit.identity.tools import Protocol
from remit.kernel.errors import NotFound, RemitError
from remit.proxy.asked import AskedCall, HTTPForm
from remit.proxy.attempt import Attempt
from remit.proxy.dialects.http import describe_http
from remit.proxy.limits import ProxyLimits
from remit.proxy.messages import BufferedBody, IncomingCall
from tests.proxy.world import DEFINITIONS, HTTP_SERVER, HTTP_TOOLS, MCP_SERVER, mcp_tool, server

ORDERS = server(HTTP_SERVER, "orders", Protocol.HTTP, "http://127.0.0.1:1", HTTP_TOOLS)
JSON_TYPE = (b"content-type", b"application/json")


def describe(
    method: str, rest: bytes, body: bytes = b"", *headers: tuple[bytes, bytes], query: bytes = b""
) -> tuple[AskedCall, Attempt]:
    incoming = IncomingCall(method, rest, query, headers, BufferedBody(body), "peer")
    attempt = Attempt()
    return describe_http(incoming, rest, body, ORDERS, ProxyLimits(), attempt), attempt


def test_a_request_is_a_tool_and_its_arguments() -> None:
    asked, attempt = describe("PATCH", b"/v1/orders/o-1", b'{"amount":5}', JSON_TYPE)
    assert asked.tool.name == attempt.tool == "change_order"
    assert asked.arguments == {"id": "o-1", "amount": 5}
    assert asked.form == HTTPForm()


def test_no_body_is_no_argument() -> None:
    assert describe("PATCH", b"/v1/orders/o-1")[0].arguments == {"id": "o-1"}
    with pytest.raises(RemitError):
        describe("PATCH", b"/v1/orders/o-1", b"", JSON_TYPE)


@pytest.mark.parametrize(("method", "rest"), [("HEAD", b"/v1/orders/o-1"), ("GET", b"/else")])
def test_what_was_not_applied_is_not_there(method: str, rest: bytes) -> None:
    with pytest.raises(NotFound):
        describe(method, rest)


def test_an_mcp_server_has_no_paths() -> None:
    mcp = server(MCP_SERVER, "t", Protocol.MCP, "http://127.0.0.1:1", [mcp_tool(DEFINITIONS[0])])
    incoming = IncomingCall("GET", b"/", b"", (), BufferedBody(b""), "peer")
    with pytest.raises(NotFound):
        describe_http(incoming, b"/x", b"", mcp, ProxyLimits(), Attempt())
