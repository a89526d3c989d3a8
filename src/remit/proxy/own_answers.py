"""What Remit answers by itself: what an endpoint can do, and what may be called.

Lists are filtered by the same decisions as calls (law 11), and definitions come from the pins: what
the upstream says of itself does not pass here.
"""

from typing import assert_never

from remit.audit.journal import Journal
from remit.identity.directory import Directory
from remit.identity.tools import Tool, ToolServer
from remit.kernel.canonical import Json, canonicalize, parse_strict
from remit.mcp import build
from remit.mcp.build import Implementation
from remit.mcp.eras import SUPPORTED_VERSIONS
from remit.policy.authorize import filter_tools
from remit.proxy.asked import AskedCatalogue, AskedDiscovery, AskedTools, MCPForm, Notified
from remit.proxy.decide import OwnAnswer, facts_of
from remit.proxy.errors import UnknownRoute
from remit.proxy.headers import JSON_HEADERS, reply_headers
from remit.proxy.messages import Released
from remit.proxy.pins import Pins
from remit.proxy.ports import Policies
from remit.proxy.records import ToolsListed

# A list may be kept for so long (milliseconds); what it shows is decided anew at each call.
LIST_TTL_MS = 10_000
DISCOVERY_TTL_MS = 300_000


class OwnAnswers:
    """Answers questions that go to no upstream."""

    def __init__(
        self,
        public_url: str,
        server: Implementation,
        directory: Directory,
        policies: Policies,
        pins: Pins,
        journal: Journal,
    ) -> None:
        self._public_url = public_url
        self._server = server
        self._directory = directory
        self._policies = policies
        self._pins = pins
        self._journal = journal

    def answer(self, own: OwnAnswer) -> Released:
        """The answer to one question of a cleared caller."""
        match own.asked:
            case AskedTools(form=form):
                return self._list_tools(own, form)
            case AskedDiscovery(form=form):
                return self._discover(form)
            case AskedCatalogue():
                return self._list_servers(own)
            case Notified():
                # Streamable HTTP: a notification is accepted, and means nothing without a session.
                return Released(202, reply_headers(None), b"")
            case unreachable:
                assert_never(unreachable)

    def _discover(self, form: MCPForm) -> Released:
        body = build.discover_result(
            form.request_id,
            SUPPORTED_VERSIONS,
            {"tools": {}},
            self._server,
            ttl_ms=DISCOVERY_TTL_MS,
        )
        return Released(200, JSON_HEADERS, body)

    def _list_tools(self, own: OwnAnswer, form: MCPForm) -> Released:
        server = own.standing.tool_server
        if server is None:
            raise UnknownRoute("tools of no tool server")
        tools = self._find_tools(own, server)
        self._record(own, server, len(tools))
        definitions = [_definition(tool) for tool in tools]
        body = build.list_result(
            form.request_id, "tools", definitions, self._server, ttl_ms=LIST_TTL_MS
        )
        return Released(200, JSON_HEADERS, body)

    def _find_tools(self, own: OwnAnswer, server: ToolServer) -> list[Tool]:
        standing = own.standing
        visible = filter_tools(
            standing.agent, standing.remit, server, facts_of(standing), self._policies.engine
        )
        # In one order always, so that clients' caches of prompts stay good.
        return sorted(
            (tool for tool in visible if self._pins.is_as_pinned(server, tool)),
            key=lambda tool: tool.name,
        )

    def _list_servers(self, own: OwnAnswer) -> Released:
        standing = own.standing
        listed: list[Json] = []
        for entry in standing.remit.authority:
            server = self._directory.tool_servers.find(standing.agent.tenant, entry.tool_server)
            if server is not None and not server.retired:
                resource = f"{self._public_url}/tools/{server.name}"
                listed.append(
                    {"name": server.name, "resource": resource, "protocol": server.protocol.value}
                )
        self._record(own, None, len(listed))
        return Released(200, JSON_HEADERS, canonicalize({"tool_servers": listed}))

    def _record(self, own: OwnAnswer, server: ToolServer | None, shown: int) -> None:
        claims = own.standing.caller.claims
        self._journal.append(
            ToolsListed(
                tenant=claims.tenant,
                agent=claims.agent,
                remit=claims.remit,
                token=claims.token,
                tool_server=None if server is None else server.id,
                shown=shown,
            )
        )


def _definition(tool: Tool) -> Json:
    return parse_strict(tool.definition)
