"""Pins: a tool is what it was when a person approved it, or it is nothing.

What an upstream lists is compared with the pinned digests, at first use and then again and again in
the background. A tool that is defined otherwise, or no more, is hidden and refused until it is
applied anew; one that nobody applied is never seen. Each change is recorded once. What an upstream
says never widens anything.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from remit.audit.journal import Journal
from remit.audit.records import Record
from remit.identity.directory import Directory
from remit.identity.tools import Protocol, Tool, ToolServer
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError, Unavailable
from remit.kernel.ids import TenantId, ToolServerId
from remit.policy.decision import Denied
from remit.proxy.records import DefinitionChanged, DefinitionRestored, UnpinnedToolSeen

# After a look that failed, callers are told so at once for this long (seconds).
FAILED_FOR = 1.0
# What was seen longer ago than this is as good as unseen.
STALE_AFTER = 3600.0
# New names that are remembered, and recorded, for each tool server.
_MOST_UNPINNED = 500

# The pinned digest and the observed one, each None where there is none.
_Pair: TypeAlias = tuple[str | None, str | None]

Observe: TypeAlias = Callable[[ToolServer], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class _Seen:
    revision: int
    digests: Mapping[str, str]
    at: float


@dataclass(slots=True)
class _Watch:
    """What is kept of one tool server: the last look, and what was recorded of it."""

    seen: _Seen | None = None
    failed_at: float | None = None
    failure: str = ""
    recorded: dict[str, _Pair] = field(default_factory=dict)
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pins:
    """The pinned definitions of one tenant's tool servers, against what is seen of them."""

    def __init__(
        self,
        tenant: TenantId,
        directory: Directory,
        observe: Observe,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._tenant = tenant
        self._directory = directory
        self._observe = observe
        self._journal = journal
        self._clock = clock
        self._watches: dict[ToolServerId, _Watch] = {}

    def verify(self, server: ToolServer, tool: Tool) -> Tool:
        """The tool, which its upstream defines as it was pinned. Raises Denied, Unavailable.

        An HTTP tool's definition is Remit's own, and always as it was pinned.
        """
        if server.protocol is Protocol.HTTP:
            return tool
        seen = self._find_seen(server)
        if seen is None:
            raise Unavailable(f"{server.id} has not been seen yet, or not for long")
        if seen.digests.get(tool.name) != tool.digest:
            raise Denied("definition_changed", f"{server.id} now defines {tool.name} otherwise")
        return tool

    def is_as_pinned(self, server: ToolServer, tool: Tool) -> bool:
        """Whether `verify` would let the tool pass: what is listed is what may be called."""
        if server.protocol is Protocol.HTTP:
            return True
        seen = self._find_seen(server)
        return seen is not None and seen.digests.get(tool.name) == tool.digest

    def is_unseen(self, server: ToolServer) -> bool:
        """Whether nothing is known of an MCP server's definitions, or only of long ago."""
        return server.protocol is Protocol.MCP and self._find_seen(server) is None

    async def observe_first(self, server: ToolServer) -> None:
        """Look at an unseen tool server; once, whoever waits for it. Raises Unavailable."""
        watch = self._watch(server)
        async with watch.looking:
            if self._find_seen(server) is None:
                self._check_failed(watch)
                await self._look(server, watch)

    async def observe_again(self, server: ToolServer) -> None:
        """Look once more, whatever was seen. Raises RemitError; what was seen stays until then."""
        watch = self._watch(server)
        async with watch.looking:
            await self._look(server, watch)

    async def observe_all(self) -> None:
        """Look at every live MCP server, one after the other; failures are left for next time."""
        for server in self._directory.tool_servers.of(self._tenant):
            if server.protocol is Protocol.MCP and not server.retired:
                async with _passing_over():
                    await self.observe_again(server)

    async def watch(self, interval_seconds: float) -> None:
        """Look at everything again and again, until cancelled: for a task of the composition."""
        while True:
            await self.observe_all()
            await asyncio.sleep(interval_seconds)

    def _watch(self, server: ToolServer) -> _Watch:
        return self._watches.setdefault(server.id, _Watch())

    def _find_seen(self, server: ToolServer) -> _Seen | None:
        watch = self._watches.get(server.id)
        seen = None if watch is None else watch.seen
        # What was applied since (an upstream, other pins) is compared with a look of its own.
        if seen is None or seen.revision != server.revision:
            return None
        return seen if self._clock.monotonic() - seen.at < STALE_AFTER else None

    def _check_failed(self, watch: _Watch) -> None:
        if watch.failed_at is not None:
            if self._clock.monotonic() - watch.failed_at < FAILED_FOR:
                raise Unavailable(watch.failure)
            watch.failed_at = None

    async def _look(self, server: ToolServer, watch: _Watch) -> None:
        try:
            digests = await self._observe(server)
        except RemitError as error:
            watch.failed_at = self._clock.monotonic()
            watch.failure = f"{server.id} could not be observed: {error.detail}"
            raise Unavailable(watch.failure) from error
        # Recorded first: what is not in the log is not in force.
        for name, pair, record in _compare(server, digests, watch.recorded):
            if record is not None:
                self._journal.append(record)
            watch.recorded[name] = pair
        watch.seen = _Seen(server.revision, digests, self._clock.monotonic())
        watch.failed_at = None


def _compare(
    server: ToolServer, digests: Mapping[str, str], recorded: Mapping[str, _Pair]
) -> list[tuple[str, _Pair, Record | None]]:
    """What each tool is now, and what is to be recorded of it that was not before."""
    found: list[tuple[str, _Pair, Record | None]] = []
    for tool in server.tools.values():
        pair: _Pair = (tool.digest, digests.get(tool.name))
        before = recorded.get(tool.name, (tool.digest, tool.digest))
        if pair != before:
            is_news = pair[0] != pair[1] or before[0] == pair[0]
            found.append((tool.name, pair, _changed(server, tool, pair[1]) if is_news else None))
    room = _MOST_UNPINNED - len(recorded)
    for name in digests.keys() - server.tools.keys():
        pair = (None, digests[name])
        if recorded.get(name) != pair and (name in recorded or room > 0):
            room -= name not in recorded
            found.append((name, pair, _unpinned(server, name, digests[name])))
    return found


def _unpinned(server: ToolServer, name: str, observed: str) -> Record:
    return UnpinnedToolSeen(
        tenant=server.tenant, tool_server=server.id, tool=name[:256], observed=observed
    )


def _changed(server: ToolServer, tool: Tool, observed: str | None) -> Record:
    if observed == tool.digest:
        return DefinitionRestored(
            tenant=server.tenant, tool_server=server.id, tool=tool.name, pinned=tool.digest
        )
    return DefinitionChanged(
        tenant=server.tenant,
        tool_server=server.id,
        tool=tool.name,
        pinned=tool.digest,
        observed=observed,
    )


@asynccontextmanager
async def _passing_over() -> AsyncIterator[None]:
    """Let one tool server's failure stand where it is recorded, and go on with the next."""
    try:
        yield
    except RemitError:
        return
