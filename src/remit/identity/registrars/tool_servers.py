"""The verbs on tool servers.

Replacing one raises no watermark: each decision looks up the pins, the upstream and the credential
as they are then, so that a changed definition is denied at once without killing every token for the
others. A call that was permitted before goes on as it was permitted. Retiring one ends everything.
"""

from dataclasses import replace

from remit.audit.journal import ControlState
from remit.identity.desk import Desk, load_each, put
from remit.identity.documents.tool_servers import (
    TOOL_SERVER,
    decode_tool_server,
    encode_tool_server,
)
from remit.identity.naming import verify_name
from remit.identity.records import ToolServerRegistered, ToolServerReplaced, ToolServerRetired
from remit.identity.registrars.tool_server_terms import ToolServerTerms, verify_terms
from remit.identity.tools import ToolServer
from remit.kernel.canonical import digest_bytes
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import HumanId, TenantId, ToolServerId, draw_id
from remit.signals.reason import verify_reason
from remit.signals.targets import tool_server_target


class ToolServerRegistrar:
    """The verbs on tool servers. `revision` None: whichever it has now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._servers = desk.directory.tool_servers

    def load(self, state: ControlState) -> None:
        load_each(state, TOOL_SERVER, lambda document: self._keep(decode_tool_server(document)))

    async def register(
        self, tenant: TenantId, name: str, terms: ToolServerTerms, *, by: HumanId
    ) -> ToolServer:
        """A new tool server, with its tools pinned as they are given here."""
        self._desk.verify_author(tenant, by)
        self._servers.verify_free(tenant, verify_name(name))
        verified = verify_terms(terms)
        server = ToolServer(
            tenant=tenant,
            id=draw_id(ToolServerId, self._desk.entropy),
            name=name,
            protocol=verified.protocol,
            upstream=verified.upstream,
            injection=verified.injection,
            tools=verified.tools,
            timeout_seconds=verified.timeout_seconds,
            retired=False,
            revision=1,
        )
        document = encode_tool_server(server)
        record = ToolServerRegistered(
            tenant=tenant,
            tool_server=server.id,
            name=name,
            by=by,
            digest=digest_bytes(document.body),
        )
        await self._desk.commit(record, (put(document),), lambda: self._keep(server))
        return server

    async def replace(
        self,
        tenant: TenantId,
        server: ToolServerId,
        terms: ToolServerTerms,
        *,
        by: HumanId,
        revision: int | None = None,
    ) -> ToolServer:
        """Other terms under the same name and audience; the protocol stays what it was."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, server, revision)
        verified = verify_terms(terms)
        if verified.protocol is not before.protocol:
            raise Malformed(f"tool server {server} speaks {before.protocol}: register another")
        after = replace(
            before,
            upstream=verified.upstream,
            injection=verified.injection,
            tools=verified.tools,
            timeout_seconds=verified.timeout_seconds,
            revision=before.revision + 1,
        )
        document = encode_tool_server(after)
        record = ToolServerReplaced(
            tenant=tenant,
            tool_server=server,
            revision=after.revision,
            by=by,
            digest=digest_bytes(document.body),
        )
        await self._desk.commit(record, (put(document),), lambda: self._keep(after))
        return after

    async def retire(
        self,
        tenant: TenantId,
        server: ToolServerId,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> ToolServer:
        """Reach it no more. Its name and audience stay taken."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, server, revision)
        after = replace(before, retired=True, revision=before.revision + 1)
        record = ToolServerRetired(
            tenant=tenant, tool_server=server, reason=verify_reason(reason), by=by
        )
        await self._desk.supersede(
            (tool_server_target(tenant, server),),
            record,
            (put(encode_tool_server(after)),),
            lambda: self._keep(after),
        )
        return after

    def _load_living(
        self, tenant: TenantId, server: ToolServerId, revision: int | None
    ) -> ToolServer:
        found = self._servers.load_at(tenant, server, revision)
        if found.retired:
            raise Conflict(f"tool server {server} is retired")
        return found

    def _keep(self, server: ToolServer) -> None:
        self._servers.put(server.id, server)
