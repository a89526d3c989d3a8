"""Remit's own look at an MCP upstream: which tools it lists now, and how it defines them.

This is no call: nobody's request is sent, and no agent ever sees the answer. It has evidence of its
own, a ReleasePermit for this purpose, made under the stops of the tool server.
"""

from collections.abc import Mapping, Sequence

from remit.identity.tools import ToolServer
from remit.kernel.canonical import Json, parse_strict
from remit.kernel.errors import Malformed
from remit.mcp.build import Implementation, own_message
from remit.mcp.eras import MODERN
from remit.mcp.errors import ReplyInvalid, ToolDefinitionInvalid
from remit.mcp.headers import EVENT_STREAM, JSON_TYPE
from remit.mcp.messages import MCPRequest, RequestMeta
from remit.mcp.replies import Result, parse_reply
from remit.mcp.sse import SSEParser
from remit.mcp.tools import parse_tool
from remit.outbound.door import Door
from remit.outbound.message import OutboundRequest
from remit.outbound.response import OutboundResponse
from remit.policy.permits import ReleasePermit, permit_observation
from remit.proxy.dialects.http_target import destination_of
from remit.proxy.headers import media_type_of
from remit.proxy.injection import inject
from remit.proxy.limits import ProxyLimits
from remit.proxy.ports import Credentials
from remit.proxy.under_way import UnderWay
from remit.proxy.upstream import call_limits, check_status
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.signals.targets import tool_server_target

MOST_PAGES = 50
MOST_TOOLS = 2000

_LIST = MODERN.methods["tools/list"]
_SENT_AS = 1
_META = RequestMeta(MODERN.version, {})

# In place of a digest: a definition that no client may use, or that is there twice.
UNUSABLE = "unusable"


class Observer:
    """Asks upstreams for their definitions."""

    def __init__(
        self,
        door: Door,
        credentials: Credentials,
        stops: Stops,
        in_flight: InFlight,
        client: Implementation,
        limits: ProxyLimits,
    ) -> None:
        self._door = door
        self._credentials = credentials
        self._stops = stops
        self._in_flight = in_flight
        self._client = client
        self._limits = limits

    async def observe(self, server: ToolServer) -> Mapping[str, str]:
        """The digest of each tool that the upstream lists now, by name. Raises RemitError."""
        return digests_of(await self.read_definitions(server))

    async def read_definitions(self, server: ToolServer) -> Sequence[Json]:
        """What the upstream lists now, whole: for a person to pin. Raises RemitError."""
        target = tool_server_target(server.tenant, server.id)
        permit = permit_observation(server, self._stops.clear(server.tenant, (target,)))
        under_way = UnderWay(
            lambda: self._stops.check_again(permit.clearance), server.timeout_seconds
        )
        with self._in_flight.register((target,), under_way.cut):
            return await self._list(permit, under_way)

    async def _list(self, permit: ReleasePermit, under_way: UnderWay) -> Sequence[Json]:
        tools: list[Json] = []
        params: Mapping[str, Json] = {}
        for _ in range(MOST_PAGES):
            page = await self._ask(permit, params, under_way)
            listed, cursor = page["tools"], page.get("nextCursor")
            tools.extend(listed if isinstance(listed, list) else ())
            if len(tools) > MOST_TOOLS:
                break
            if cursor is None:
                return tools
            if not isinstance(cursor, str):
                raise ReplyInvalid("a cursor that is no text")
            params = {"cursor": cursor}
        raise ReplyInvalid("more tools, or more pages of them, than are read")

    async def _ask(
        self, permit: ReleasePermit, params: Mapping[str, Json], under_way: UnderWay
    ) -> Mapping[str, Json]:
        server = permit.tool_server
        message = own_message(MODERN, _LIST.name, params, self._client, sent_as=_SENT_AS)
        destination, target = destination_of(server.upstream)
        credential = self._credentials.obtain_for_observation(permit)
        request = OutboundRequest(
            b"POST", target, inject(message.headers, credential), message.body
        )
        under_way.check()
        response = await under_way.wait(
            self._door.send(
                destination,
                request,
                call_limits(server, self._limits),
                partition=f"{server.id}/observer",
            )
        )
        async with response:
            check_status(response)
            asked = MCPRequest(_SENT_AS, MODERN, _LIST, params, _META)
            reply = parse_reply(await under_way.wait(self._read(response)), asked, _SENT_AS)
        if not isinstance(reply, Result):
            raise ReplyInvalid("an upstream that does not list its tools")
        return reply.unverified_members

    async def _read(self, response: OutboundResponse) -> Json:
        kind = media_type_of(response.header(b"content-type"))
        if kind == JSON_TYPE:
            return _parse(await response.read(self._limits.reply_bytes), self._limits)
        if kind != EVENT_STREAM:
            raise ReplyInvalid("an answer that is neither JSON nor an event stream")
        parser = SSEParser(self._limits.reply_bytes)
        async for piece in response.chunks():
            for event in parser.feed(piece):
                message = _parse(event.data.encode(), self._limits)
                # Nothing was asked that could be reported on before the answer.
                if isinstance(message, Mapping) and "method" not in message:
                    return message
        raise ReplyInvalid("the stream ended before its answer")


def digests_of(definitions: Sequence[Json]) -> Mapping[str, str]:
    """Each named definition's digest; what is unusable or doubled has one that no pin has."""
    digests: dict[str, str] = {}
    for definition in definitions:
        name = definition.get("name") if isinstance(definition, Mapping) else None
        if not isinstance(name, str):
            continue
        try:
            found = parse_tool(definition).digest
        except ToolDefinitionInvalid:
            found = UNUSABLE
        digests[name] = UNUSABLE if name in digests else found
    return digests


def _parse(body: bytes, limits: ProxyLimits) -> Json:
    try:
        return parse_strict(body, max_bytes=limits.reply_bytes, max_members=limits.reply_members)
    except Malformed as refused:
        raise ReplyInvalid(refused.detail) from None
