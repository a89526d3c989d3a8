"""`remit connect`: a stdio MCP server in front of all the tools that the agent's remit reaches.

The official SDK speaks to the agent's client, in either era; this part only lists and calls. Errors
become tool results that a model can read and act on; a call is never sent twice.
"""

import asyncio
from collections.abc import Mapping, Sequence

import mcp_types as types
from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server

from remit.client.naming import NamedTool, name_tools
from remit.client.remote import RemoteServer
from remit.kernel.canonical import Json
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.mcp.replies import ServerNotification

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
        self._tools: Mapping[str, NamedTool] = {}
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
                self._tools = name_tools([each for each in listed if each is not None])
                self._stale_at = self._clock.monotonic() + _RELIST_SECONDS
            return self._tools

    async def _list(
        self, server: RemoteServer
    ) -> tuple[RemoteServer, Sequence[Mapping[str, Json]]] | None:
        try:
            return server, await server.list_tools()
        except RemitError:
            # One server that is down or stopped must not hide the others' tools.
            return None

    async def _list_tools(
        self, context: ServerRequestContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        tools = await self.list_tools(fresh=True)
        shown = [
            types.Tool.model_validate({**tool.definition, "name": tool.shown})
            for tool in tools.values()
        ]
        return types.ListToolsResult(tools=shown)

    async def _call_tool(
        self, context: ServerRequestContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tools = await self.list_tools(fresh=params.name not in self._tools)
        tool = tools.get(params.name)
        if tool is None:
            return _failure(f"Unknown tool: {params.name}")
        try:
            result = await tool.server.call_tool(
                tool.definition, params.arguments or {}, _Notifier(context)
            )
        except RemitError as refused:
            return _failure(refused.detail)
        return types.CallToolResult.model_validate({**result, "resultType": "complete"})


class _Notifier:
    """Hands the progress of one call on to whoever made it."""

    def __init__(self, context: ServerRequestContext) -> None:
        self._session = context.session
        self._token = None if context.meta is None else context.meta.get("progress_token")
        self._request = context.request_id

    async def __call__(self, notification: ServerNotification) -> None:
        if notification.method != "notifications/progress" or self._token is None:
            return
        params = types.ProgressNotificationParams.model_validate(
            {**notification.unverified_params, "progressToken": self._token}
        )
        await self._session.send_progress_notification(
            self._token, params.progress, params.total, params.message, str(self._request)
        )


def _failure(said: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=said)], is_error=True)
