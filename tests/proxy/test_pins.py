"""A tool is what it was when it was applied, or it is nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from remit.identity.directory import Directory
from remit.identity.tools import Protocol, ToolServer
from remit.kernel.errors import Unavailable
from remit.kernel.ids import ROOT_TENANT
from remit.outbound.errors import UpstreamUnreachable
from remit.policy.decision import Denied
from remit.proxy.pins import FAILED_FOR, STALE_AFTER, Pins
from remit.testing.clock import FakeClock
from tests.proxy.world import (
    DEFINITIONS,
    HTTP_SERVER,
    HTTP_TOOLS,
    MCP_SERVER,
    FakeJournal,
    mcp_tool,
    server,
)

TOOLS = [mcp_tool(each) for each in DEFINITIONS]
READ = TOOLS[0]
PINNED = {tool.name: tool.digest for tool in TOOLS}


class Place:
    """Pins over one directory, and an upstream that lists `digests`, or fails."""

    def __init__(self) -> None:
        self.server = server(MCP_SERVER, "tickets", Protocol.MCP, "http://127.0.0.1:1", TOOLS)
        self.directory = Directory()
        self.directory.tool_servers.put(MCP_SERVER, self.server)
        self.journal, self.clock = FakeJournal(), FakeClock()
        self.digests: Mapping[str, str] | None = PINNED
        self.looks = 0
        self.pins = Pins(ROOT_TENANT, self.directory, self.observe, self.journal, self.clock)

    async def observe(self, _: ToolServer) -> Mapping[str, str]:
        self.looks += 1
        await asyncio.sleep(0)
        if self.digests is None:
            raise UpstreamUnreachable("down")
        return self.digests


def at(test: Any) -> None:
    asyncio.run(test(Place()))


def test_what_was_never_seen_is_neither_listed_nor_called() -> None:
    async def test(place: Place) -> None:
        assert place.pins.is_unseen(place.server)
        assert not place.pins.is_as_pinned(place.server, READ)
        with pytest.raises(Unavailable):
            place.pins.verify(place.server, READ)

    at(test)


def test_what_is_as_it_was_pinned_may_be_called() -> None:
    async def test(place: Place) -> None:
        await place.pins.observe_first(place.server)
        assert not place.pins.is_unseen(place.server)
        assert place.pins.verify(place.server, READ) is READ
        assert not place.journal.records

    at(test)


@pytest.mark.parametrize("now", ["sha256:other", None])
def test_what_is_defined_otherwise_or_no_more_is_refused(now: str | None) -> None:
    async def test(place: Place) -> None:
        others = {name: d for name, d in PINNED.items() if name != READ.name}
        place.digests = others if now is None else {**others, READ.name: now}
        await place.pins.observe_first(place.server)
        with pytest.raises(Denied) as denied:
            place.pins.verify(place.server, READ)
        assert denied.value.code == "definition_changed"
        assert place.pins.is_as_pinned(place.server, TOOLS[1])
        assert place.journal.find("definition.changed").observed == now

    at(test)


def test_each_change_is_recorded_once_and_its_end_too() -> None:
    async def test(place: Place) -> None:
        for digests in (
            PINNED,
            {**PINNED, READ.name: "x"},
            {**PINNED, READ.name: "x"},
            {**PINNED, READ.name: "y"},
            PINNED,
            PINNED,
        ):
            place.digests = digests
            await place.pins.observe_again(place.server)
        assert place.journal.tags() == [
            "definition.changed",
            "definition.changed",
            "definition.restored",
        ]

    at(test)


def test_applying_what_the_upstream_says_now_ends_the_quarantine() -> None:
    async def test(place: Place) -> None:
        place.digests = {**PINNED, READ.name: "sha256:new"}
        await place.pins.observe_first(place.server)
        approved = replace(READ, digest="sha256:new")
        tools = {**place.server.tools, READ.name: approved}
        applied = replace(place.server, tools=tools, revision=2)
        assert place.pins.is_unseen(applied)
        await place.pins.observe_first(applied)
        assert place.pins.verify(applied, approved) is approved
        assert place.journal.tags() == ["definition.changed"]
        # And going back to the old definition is a change again.
        place.digests = PINNED
        await place.pins.observe_again(applied)
        assert place.journal.tags() == ["definition.changed", "definition.changed"]

    at(test)


def test_a_tool_that_nobody_applied_is_recorded_and_never_seen() -> None:
    async def test(place: Place) -> None:
        place.digests = {**PINNED, "new": "sha256:n"}
        for _ in range(2):
            await place.pins.observe_again(place.server)
        assert place.journal.tags() == ["definition.unpinned"]
        place.digests = {**PINNED, **{f"t{number}": "x" for number in range(2000)}}
        await place.pins.observe_again(place.server)
        assert len(place.journal.records) <= 501

    at(test)


def test_many_callers_wait_for_one_look() -> None:
    async def test(place: Place) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(20):
                group.create_task(place.pins.observe_first(place.server))
        assert place.looks == 1

    at(test)


def test_a_look_that_failed_is_not_repeated_at_once_by_each_caller() -> None:
    async def test(place: Place) -> None:
        place.digests = None
        for _ in range(3):
            with pytest.raises(Unavailable):
                await place.pins.observe_first(place.server)
        assert place.looks == 1
        place.digests = PINNED
        place.clock.advance(FAILED_FOR)
        await place.pins.observe_first(place.server)
        assert place.looks == 2

    at(test)


def test_what_was_seen_stays_while_the_upstream_is_away_but_not_for_ever() -> None:
    async def test(place: Place) -> None:
        await place.pins.observe_first(place.server)
        place.digests = None
        await place.pins.observe_all()
        assert place.pins.is_as_pinned(place.server, READ)
        place.clock.advance(STALE_AFTER)
        assert place.pins.is_unseen(place.server)

    at(test)


def test_a_change_that_cannot_be_recorded_is_not_taken_for_seen() -> None:
    async def test(place: Place) -> None:
        place.digests = {**PINNED, READ.name: "x"}
        place.journal.is_full = True
        with pytest.raises(Unavailable):
            await place.pins.observe_first(place.server)
        assert place.pins.is_unseen(place.server)

    at(test)


def test_retired_and_http_servers_are_not_looked_at() -> None:
    async def test(place: Place) -> None:
        http = server(HTTP_SERVER, "orders", Protocol.HTTP, "http://127.0.0.1:1", HTTP_TOOLS)
        place.directory.tool_servers.put(HTTP_SERVER, http)
        place.directory.tool_servers.put(MCP_SERVER, replace(place.server, retired=True))
        await place.pins.observe_all()
        assert place.looks == 0
        assert not place.pins.is_unseen(http)
        assert place.pins.verify(http, HTTP_TOOLS[0]) is HTTP_TOOLS[0]
        assert place.pins.is_as_pinned(http, HTTP_TOOLS[0])

    at(test)


def test_the_watch_looks_again_and_again_until_it_is_cancelled() -> None:
    async def test(place: Place) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await place.pins.watch(0.001)
        assert place.looks >= 3

    at(test)
