"""Tool servers: where they are, what is pinned, and whether it still is so."""

from typing import Any

from remit.identity.directory import Directory
from remit.identity.registrars.tool_servers import ToolServerRegistrar
from remit.identity.tools import ToolServer
from remit.kernel.ids import ROOT_TENANT, HumanId
from remit.proxy.pins import Pins
from remit.vault.secrets import Secrets
from remit.web.admin.action import Action, Asked
from remit.web.admin.asked import Nothing


class OneServer(Asked, frozen=True, kw_only=True):
    """A tool server by name."""

    server: str


class ServerWithReason(OneServer, frozen=True, kw_only=True):
    """A tool server by name, and why it is changed."""

    reason: str


class ToolActions:
    """What can be done with tool servers."""

    def __init__(
        self,
        directory: Directory,
        registrar: ToolServerRegistrar,
        pins: Pins,
        secrets: Secrets,
    ) -> None:
        self._directory = directory
        self._registrar = registrar
        self._pins = pins
        self._secrets = secrets

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        return (
            Action("/v1/tools/list", Nothing, self._list),
            Action("/v1/tools/show", OneServer, self._show),
            Action("/v1/tools/retire", ServerWithReason, self._retire),
        )

    async def _list(self, by: HumanId, asked: Nothing) -> list[dict[str, Any]]:
        return [
            tool
            for server in self._directory.tool_servers.of(ROOT_TENANT)
            if not server.retired
            for tool in self._describe_tools(server)
        ]

    async def _show(self, by: HumanId, asked: OneServer) -> dict[str, Any]:
        return self._describe(self._directory.tool_servers.load_named(ROOT_TENANT, asked.server))

    async def _retire(self, by: HumanId, asked: ServerWithReason) -> dict[str, Any]:
        server = self._directory.tool_servers.load_named(ROOT_TENANT, asked.server)
        after = await self._registrar.retire(ROOT_TENANT, server.id, by=by, reason=asked.reason)
        return self._describe(after)

    def _describe(self, server: ToolServer) -> dict[str, Any]:
        injection = server.injection
        secret = None if injection is None else self._secrets.load_secret(injection.secret).name
        return {
            "name": server.name,
            "id": server.id,
            "protocol": server.protocol.value,
            "upstream": server.upstream.url,
            "secret": secret,
            "header": None if injection is None else injection.header,
            "timeout_seconds": server.timeout_seconds,
            "retired": server.retired,
            "tools": self._describe_tools(server),
        }

    def _describe_tools(self, server: ToolServer) -> list[dict[str, Any]]:
        return [
            {
                "server": server.name,
                "tool": tool.name,
                "risk": tool.risk.value,
                "data_classes": sorted(tool.data_classes),
                "digest": tool.digest,
                "pin": "holds" if self._pins.is_as_pinned(server, tool) else "not confirmed",
            }
            for tool in server.tools.values()
        ]
