"""`remit connect`: a stdio MCP server in front of all the tools that the agent's remit reaches.

The official SDK speaks to the agent's client, in either era; this part only lists and calls. Errors
become tool results that a model can read and act on; a call is never sent twice.
"""

import asyncio
from collections.abc import Mapping, Sequence

import mcp_types as types
import pydantic
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from remit.client.naming import NamedTool, Names
from remit.client.remote import RemoteServer
from remit.kernel.canonical import Json
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.mcp.replies import ServerNotification
from remit.outbound.errors import UpstreamFailure

_RELIST_SECONDS = 30.0

_INSTRUCTIONS = (
    "Tools reached through Remit. A refusal says whether the remit, a policy or a stop is the "
    "reason; asking again does not change it, asking the remit's owner may."
)


class Bridge:
    """The tools of some servers as one MCP server."""

    def __init__(self, servers: Sequence[RemoteServer], clock: Clock, version: str) -> None:
        self._servers = servers
        self._clock = clock
        self._names = Names()
        self._tools: Mapping[str, NamedTool] = {}
        self._unlisted: dict[str, str] = {}
        self._stale_at = 0.0
        self._listing = asyncio.Lock()
        self._server: Server[dict[str, object]] = Server(
            "remit",
            version=version,
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )

    async def serve(self) -> None:
        """Serve on standard input and output until the client closes them."""
        options = self._server.create_initialization_options()
        async with stdio_server() as (reading, writing):
            await self._server.run(reading, writing, options)

    async def list_tools(self, *, fresh: bool) -> Mapping[str, NamedTool]:
        """All tools by shown name; listed anew where that was long ago, or `fresh` is asked for."""
        async with self._listing:
            if fresh or self._clock.monotonic() >= self._stale_at:
                listed = await asyncio.gather(*(self._list(server) for server in self._servers))
                self._tools = self._names.give([each for each in listed if each is not None])
                self._stale_at = self._clock.monotonic() + _RELIST_SECONDS
            return self._tools

    async def _list(
        self, server: RemoteServer
    ) -> tuple[RemoteServer, Sequence[Mapping[str, Json]]] | None:
        name = server.address.name
        try:
            listed = await server.list_tools()
        except RemitError as refused:
            # One server that is down or stopped must not hide the others' tools.
            self._unlisted[name] = _say(refused)
            return None
        self._unlisted.pop(name, None)
        return server, listed

    async def _list_tools(
        self, context: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        tools = await self.list_tools(fresh=True)
        shown = [_show(tool) for tool in tools.values()]
        return types.ListToolsResult(tools=[tool for tool in shown if tool is not None])

    async def _call_tool(
        self, context: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tools = await self.list_tools(fresh=params.name not in self._tools)
        tool = tools.get(params.name)
        if tool is None:
            missing = "".join(f"; {name}: {said}" for name, said in self._unlisted.items())
            return _failure(f"Unknown tool: {params.name}{missing}")
        try:
            result = await tool.server.call_tool(
                tool.definition, params.arguments or {}, _Notifier(context)
            )
        except RemitError as refused:
            return _failure(_say(refused))
        try:
            return types.CallToolResult.model_validate({**result, "resultType": "complete"})
        except pydantic.ValidationError:
            return _failure("the tool's answer is not a result")


class _Notifier:
    """Hands the progress of one call on to whoever made it, where that was asked for."""

    def __init__(self, context: ServerRequestContext) -> None:
        self._session = context.session

    async def __call__(self, notification: ServerNotification) -> None:
        if notification.method != "notifications/progress":
            return
        try:
            said = types.ProgressNotificationParams.model_validate(notification.unverified_params)
        except pydantic.ValidationError:
            # The call goes on: what it did must not be lost for a report that says nothing.
            return
        await self._session.report_progress(said.progress, said.total, said.message)


def _show(tool: NamedTool) -> types.Tool | None:
    """The definition in the SDK's form; None, so that others are shown, where it has none."""
    try:
        return types.Tool.model_validate({**tool.definition, "name": tool.shown})
    except pydantic.ValidationError:
        return None


def _say(refused: RemitError) -> str:
    """Why, and, where nobody knows, that something may have been done all the same."""
    said = refused.detail or refused.description
    if isinstance(refused, UpstreamFailure) and refused.may_have_effect:
        return f"{said}. The call may have taken effect: look before it is made again."
    return said


def _failure(said: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=said)], is_error=True)
