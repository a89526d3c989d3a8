"""The official SDK at both ends: its client's requests and its server's answers are accepted."""

import asyncio
import json

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import Context, MCPServer
from mcp.shared.exceptions import MCPError as SDKError

from remit.kernel.canonical import parse_strict
from remit.mcp import build
from remit.mcp.eras import MODERN
from remit.mcp.errors import MCPError, UnknownTool
from remit.mcp.headers import read_headers
from remit.mcp.messages import MCPRequest, parse_request
from remit.mcp.params import read_header_parameters, verify_parameter_headers
from remit.mcp.replies import Result, ServerNotification, parse_reply
from remit.mcp.sse import SSEParser
from remit.mcp.tools import find_suspicions, parse_tools
from tests.mcp.cases import META, call, request

REMIT = build.Implementation("remit", "1")
URL = "http://127.0.0.1:8000/mcp"
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "x-mcp-header": "City"},
        "days": {"type": "integer", "x-mcp-header": "Days"},
    },
}
TOOLS = [{"name": "wetter_ü", "inputSchema": SCHEMA}]


class Remitlike(httpx2.AsyncBaseTransport):
    """Answers the SDK's client with what this package reads and writes, and nothing else."""

    def __init__(self):
        self.seen = []

    async def handle_async_request(self, request):
        headers = [(name.lower(), value) for name, value in request.headers.raw]
        try:
            parsed = parse_request(parse_strict(await request.aread()), read_headers(headers))
            self.seen.append(parsed.method.name)
            status, body = 200, self.answer(parsed, read_headers(headers))
        except MCPError as refused:
            status, body = refused.status, build.error(refused)
        return httpx2.Response(status, headers={"content-type": "application/json"}, content=body)

    def answer(self, parsed, headers):
        assert isinstance(parsed, MCPRequest)
        if parsed.method.name == "server/discover":
            return build.discover_result(parsed.id, ["2026-07-28"], {"tools": {}}, REMIT, ttl_ms=0)
        if parsed.method.name == "tools/list":
            return build.list_result(parsed.id, "tools", TOOLS, REMIT, ttl_ms=0)
        if parsed.name != "wetter_ü":
            raise UnknownTool(named=parsed.name or "", request_id=parsed.id)
        written = verify_parameter_headers(
            read_header_parameters(SCHEMA), parsed.arguments, headers
        )
        assert len(written) == len(parsed.arguments)
        return build.denied_result(parsed.id, "Denied: not on a Sunday", REMIT)


def with_client(tell, mode):
    async def story():
        transport = Remitlike()
        async with (
            httpx2.AsyncClient(transport=transport) as http,
            Client(streamable_http_client(URL, http_client=http), mode=mode) as client,
        ):
            await tell(client)
        return transport.seen

    return asyncio.run(story())


@pytest.mark.parametrize("mode", ["auto", "2026-07-28"])
def test_the_sdks_client_shows_the_model_why_a_call_was_denied(mode):
    async def tell(client):
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == ["wetter_ü"]
        answer = await client.call_tool("wetter_ü", {"city": "Zürich", "days": 3})
        assert answer.is_error
        assert answer.content[0].text == "Denied: not on a Sunday"

    seen = with_client(tell, mode)
    assert seen[-2:] == ["tools/list", "tools/call"]
    assert ("server/discover" in seen) is (mode == "auto")


def test_the_sdks_client_reports_an_unknown_tool_as_the_specification_says():
    async def tell(client):
        with pytest.raises(SDKError) as caught:
            await client.call_tool("delete_all", {})
        assert caught.value.error.code == -32602
        assert caught.value.error.message == "Unknown tool: delete_all"

    with_client(tell, "2026-07-28")


def with_server(*messages, json_response=True):
    server = MCPServer("weather", log_level="CRITICAL")

    @server.tool()
    async def get_weather(city: str, ctx: Context) -> str:
        """The weather in a city."""
        await ctx.report_progress(1, 2)
        return f"sunny in {city}"

    app = server.streamable_http_app(json_response=json_response, stateless_http=True)

    async def story():
        async with (
            server.session_manager.run(),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http,
        ):
            return [
                await http.post(URL, content=message.body, headers=list(message.headers))
                for message in messages
            ]

    return asyncio.run(story())


def test_the_sdks_event_streams_are_read_to_their_result():
    asked = call("get_weather", {"city": "Bern"}, meta={**META, "progressToken": "p"})
    (answer,) = with_server(build.upstream_message(asked, REMIT, sent_as=7), json_response=False)
    assert answer.headers["content-type"] == "text/event-stream"
    events = SSEParser().feed(answer.content)
    first, last = (parse_reply(parse_strict(e.data.encode()), asked, 7) for e in events)
    assert isinstance(first, ServerNotification)
    assert first.unverified_params["progress"] == 1
    assert isinstance(last, Result)


def test_the_sdks_server_takes_what_goes_up_and_its_answers_are_taken():
    asked = call("get_weather", {"city": "Bern"})
    listing = request("tools/list")
    called, listed, discovered = with_server(
        build.upstream_message(asked, REMIT, sent_as=7),
        build.upstream_message(listing, REMIT, sent_as="l"),
        build.own_message(MODERN, "server/discover", {}, REMIT, sent_as=8),
    )
    assert [answer.status_code for answer in (called, listed, discovered)] == [200, 200, 200]
    reply = parse_reply(parse_strict(called.content), asked, 7)
    assert isinstance(reply, Result)
    assert reply.unverified_members["content"] == [{"type": "text", "text": "sunny in Bern"}]
    tools = parse_reply(parse_strict(listed.content), listing, "l").unverified_members["tools"]
    assert [tool.name for tool in parse_tools(tools)] == ["get_weather"]
    assert find_suspicions(tools[0]) == ()
    assert json.loads(discovered.content)["result"]["supportedVersions"] == ["2026-07-28"]
