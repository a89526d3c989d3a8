"""One tool server behind Remit, as the agent's side sees it: list its tools, call one.

A call is sent once. Only an answer that says that the request was refused before anything was done
(a spent token, a spent nonce) is followed by a second try.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from remit.client.exchange import Exchanges, Refused, parse_refusal, read_refusal
from remit.client.tokens import Tokens
from remit.kernel.canonical import Json, parse_strict
from remit.kernel.errors import Malformed
from remit.mcp.build import Implementation, upstream_message
from remit.mcp.eras import MODERN
from remit.mcp.errors import ReplyInvalid, ToolDefinitionInvalid
from remit.mcp.messages import MCPRequest, RequestMeta
from remit.mcp.methods import Kind
from remit.mcp.params import read_header_parameters, write_parameter_headers
from remit.mcp.replies import (
    Failure,
    Reply,
    Result,
    ResultType,
    ServerNotification,
    parse_reply,
)
from remit.mcp.sse import SSEParser
from remit.mcp.tools import parse_tool
from remit.outbound.response import OutboundResponse

MAX_REPLY_BYTES = 16 << 20
_MAX_PAGES = 64
# RFC 6750 section 3.1. Another 401 (a gateway's in between, say) tells nothing of the kind.
_SPENT_TOKEN = b'error="invalid_token"'

OnNotification = Callable[[ServerNotification], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A tool server as the catalogue names it; `resource` is its URL and its audience."""

    name: str
    resource: str


class RemoteFailure(Refused):
    """The tool server, or Remit in its place, answered with a JSON-RPC error: `said` to a model."""

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(status, code, said)
        self.detail = said or f"the tool server answered with error {code}"


class RemoteServer:
    """The tools of one tool server, called through Remit."""

    def __init__(
        self, address: ServerAddress, exchanges: Exchanges, tokens: Tokens, client: Implementation
    ) -> None:
        self.address = address
        self._exchanges = exchanges
        self._tokens = tokens
        self._client = client
        self._ids = count(1)

    async def list_tools(self) -> Sequence[Mapping[str, Json]]:
        """The definitions of all tools that this agent may call here."""
        tools: list[Mapping[str, Json]] = []
        params: Mapping[str, Json] = {}
        for _ in range(_MAX_PAGES):
            members = await self._ask("tools/list", params)
            listed = members.get("tools")
            if not isinstance(listed, list):
                raise ReplyInvalid("tools/list without tools")
            tools.extend(tool for tool in listed if isinstance(tool, dict) and _is_usable(tool))
            cursor = members.get("nextCursor")
            if not isinstance(cursor, str):
                return tools
            params = {"cursor": cursor}
        raise ReplyInvalid(f"more than {_MAX_PAGES} pages of tools")

    async def call_tool(
        self, tool: Mapping[str, Json], arguments: Mapping[str, Json], notified: OnNotification
    ) -> Mapping[str, Json]:
        """The result of one call, sent once; notifications on the way go to `notified`."""
        headers = write_parameter_headers(
            read_header_parameters(tool.get("inputSchema")), arguments
        )
        params: Mapping[str, Json] = {"name": tool["name"], "arguments": dict(arguments)}
        return await self._ask("tools/call", params, headers, notified)

    async def _ask(
        self,
        method: str,
        params: Mapping[str, Json],
        headers: tuple[tuple[bytes, bytes], ...] = (),
        notified: OnNotification | None = None,
    ) -> Mapping[str, Json]:
        request = self._request(method, params, wants_progress=notified is not None)
        message = upstream_message(
            request, self._client, sent_as=request.id, parameter_headers=headers
        )
        async with self._answered(message.headers, message.body) as response:
            async for reply in _replies(response, request):
                match reply:
                    case Result(type=ResultType.INPUT_REQUIRED):
                        # No such capability was declared: there is nobody here to answer.
                        raise ReplyInvalid("the tool asks for input, which is not offered here")
                    case Result(unverified_members=members):
                        return members
                    case Failure(code=code, unverified_message=said):
                        raise RemoteFailure(response.status, str(code), said)
                    case ServerNotification():
                        if notified is not None:
                            await notified(reply)
        raise ReplyInvalid("the answer ended without a result")

    def _request(
        self, method: str, params: Mapping[str, Json], *, wants_progress: bool
    ) -> MCPRequest:
        number = next(self._ids)
        meta = RequestMeta(
            protocol_version=MODERN.version,
            client_capabilities={},
            progress_token=number if wants_progress else None,
        )
        known = MODERN.load_method(method, Kind.REQUEST)
        name = params.get("name")
        return MCPRequest(
            id=number,
            era=MODERN,
            method=known,
            params=params,
            meta=meta,
            name=name if isinstance(name, str) else None,
        )

    @asynccontextmanager
    async def _answered(
        self, headers: tuple[tuple[bytes, bytes], ...], body: bytes
    ) -> AsyncIterator[OutboundResponse]:
        """The response to a request; sent again only where its token was refused at the door."""
        resource = self.address.resource
        token = await self._tokens.obtain(resource)
        response = await self._exchanges.send("POST", resource, headers, body, token)
        if _refuses_token(response):
            await response.aclose()
            self._tokens.forget(resource, token)
            token = await self._tokens.obtain(resource)
            response = await self._exchanges.send("POST", resource, headers, body, token)
        try:
            yield response
        finally:
            await response.aclose()


def _refuses_token(response: OutboundResponse) -> bool:
    """Whether Remit says that it did not accept the token: then nothing was done with the call."""
    challenges = [value for name, value in response.headers if name == b"www-authenticate"]
    return response.status == 401 and any(_SPENT_TOKEN in said for said in challenges)


async def _replies(response: OutboundResponse, request: MCPRequest) -> AsyncIterator[Reply]:
    if response.is_stream:
        parser = SSEParser()
        async for chunk in response.chunks():
            for event in parser.feed(chunk):
                yield _parse(event.data.encode(), request)
        return
    if (response.header(b"content-type") or b"").partition(b";")[0] != b"application/json":
        raise await read_refusal(response)
    body = await response.read(MAX_REPLY_BYTES)
    if response.status >= 400 and b'"jsonrpc"' not in body:
        raise parse_refusal(response.status, body)
    yield _parse(body, request)


def _is_usable(tool: Json) -> bool:
    """Whether a definition is one that clients may use (server/tools: others are rejected)."""
    try:
        parse_tool(tool)
    except ToolDefinitionInvalid:
        return False
    return True


def _parse(body: bytes, request: MCPRequest) -> Reply:
    try:
        return parse_reply(parse_strict(body, max_bytes=MAX_REPLY_BYTES), request, request.id)
    except Malformed as malformed:
        raise ReplyInvalid(malformed.detail) from None
