"""Remit's own look at an upstream's definitions."""

import asyncio
from typing import Any

import pytest

from remit.kernel.canonical import canonicalize
from remit.kernel.errors import RemitError
from remit.kernel.ids import ROOT_TENANT
from remit.mcp.errors import ReplyInvalid
from remit.mcp.tools import parse_tool
from remit.policy.permits import ReleasePermit
from remit.proxy.errors import CallCut
from remit.proxy.limits import ProxyLimits
from remit.proxy.observation import UNUSABLE, Observer, digests_of
from remit.signals.clearance import Stopped
from remit.signals.targets import tool_server_target
from remit.testing.mcp_upstream import reply
from remit.testing.upstream import (
    EVENT_STREAM,
    FakeAnswer,
    ReceivedRequest,
    and_then_silence,
    events,
    in_pieces,
)
from tests.proxy.world import DEFINITIONS, HUMAN, MCP_SERVER, REMIT_SELF, SECRET, World, world

TOOL = {"name": "a", "inputSchema": {"type": "object"}}


def observing(test: Any, limits: ProxyLimits | None = None) -> None:
    async def within() -> None:
        async with world() as w:
            observer = Observer(
                w.door, w.vault, w.stops, w.in_flight, REMIT_SELF, limits or ProxyLimits()
            )
            await test(w, observer)
            assert len(w.in_flight) == 0

    asyncio.run(within())


def test_it_sees_the_digest_of_each_whole_definition() -> None:
    async def test(w: World, observer: Observer) -> None:
        seen = await observer.observe(w.mcp_server)
        assert seen == {str(d["name"]): parse_tool(d).digest for d in DEFINITIONS}
        [permit] = w.vault.obtained
        assert isinstance(permit, ReleasePermit)
        assert permit.purpose == "observe"
        sent = w.mcp_upstream.requests[-1]
        assert sent.header("mcp-method") == "tools/list"
        assert sent.header("authorization") == "Bearer " + SECRET.decode()

    observing(test)


def test_it_reads_every_page() -> None:
    pages = iter([{"tools": [TOOL], "nextCursor": "2"}, {"tools": [{**TOOL, "name": "b"}]}])

    async def test(w: World, observer: Observer) -> None:
        w.mcp_upstream.answering = lambda request: reply(next(pages))  # type: ignore[arg-type]
        assert set(await observer.observe(w.mcp_server)) == {"a", "b"}
        assert b'"cursor":"2"' in w.mcp_upstream.requests[-1].body

    observing(test)


def test_it_reads_a_list_that_comes_as_a_stream() -> None:
    message = canonicalize({"jsonrpc": "2.0", "id": 1, "result": {"tools": [TOOL]}})
    note = b'{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info"}}'

    async def test(w: World, observer: Observer) -> None:
        w.mcp_upstream.answering = lambda request: FakeAnswer(
            headers=EVENT_STREAM, body=in_pieces(*events([note, message]))
        )
        assert set(await observer.observe(w.mcp_server)) == {"a"}

    observing(test)


def test_a_list_without_end_is_not_read_to_its_end() -> None:
    async def test(w: World, observer: Observer) -> None:
        w.mcp_upstream.answering = lambda request: reply({"tools": [TOOL], "nextCursor": "more"})
        with pytest.raises(ReplyInvalid):
            await observer.observe(w.mcp_server)
        many = [{**TOOL, "name": f"t{number}"} for number in range(2001)]
        w.mcp_upstream.answering = lambda request: reply({"tools": many, "nextCursor": "x"})  # type: ignore[dict-item]
        with pytest.raises(ReplyInvalid):
            await observer.observe(w.mcp_server)

    observing(test)


@pytest.mark.parametrize(
    "answer",
    [
        FakeAnswer(401),
        FakeAnswer(302),
        FakeAnswer(500),
        FakeAnswer(body=b"{}"),
        FakeAnswer(body=b"not json"),
        FakeAnswer(headers=((b"content-type", b"text/html"),), body=b"<p>"),
        FakeAnswer(body=b'{"jsonrpc":"2.0","id":1,"result":{"tools":"x"}}'),
        FakeAnswer(body=b'{"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":1}}'),
        FakeAnswer(body=b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"x"}}'),
        FakeAnswer(headers=EVENT_STREAM, body=b": nothing\n\n"),
    ],
    ids=range(10),
)
def test_anything_else_is_no_list(answer: FakeAnswer) -> None:
    async def test(w: World, observer: Observer) -> None:
        w.mcp_upstream.answering = lambda request: answer
        with pytest.raises(RemitError):
            await observer.observe(w.mcp_server)

    observing(test)


def test_a_stopped_server_is_not_asked() -> None:
    async def test(w: World, observer: Observer) -> None:
        await w.stops.stop(tool_server_target(ROOT_TENANT, MCP_SERVER), by=HUMAN, reason="x")
        with pytest.raises(Stopped):
            await observer.observe(w.mcp_server)
        assert not w.mcp_upstream.requests
        assert not w.vault.obtained

    observing(test)


def test_a_stop_cuts_the_look_too() -> None:
    def answer(_: ReceivedRequest) -> FakeAnswer:
        return FakeAnswer(body=and_then_silence(b"{"))

    async def test(w: World, observer: Observer) -> None:
        w.mcp_upstream.answering = answer
        look = asyncio.get_running_loop().create_task(observer.observe(w.mcp_server))
        await asyncio.sleep(0.05)
        await w.stops.stop(tool_server_target(ROOT_TENANT, MCP_SERVER), by=HUMAN, reason="x")
        with pytest.raises(CallCut):
            await look

    observing(test)


def test_unusable_and_doubled_definitions_match_no_pin() -> None:
    digests = digests_of([TOOL, TOOL, {"name": "bad"}, {"inputSchema": {}}, "x", None])
    assert digests == {"a": UNUSABLE, "bad": UNUSABLE}
