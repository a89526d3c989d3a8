"""The fake upstream is a real server: it says what it is told to, and notices who hangs up."""

import asyncio
from typing import Any

import pytest

from remit.outbound.addresses import Reach
from remit.outbound.destination import parse_url
from remit.outbound.door import Door
from remit.outbound.message import Limits, OutboundRequest
from remit.outbound.response import OutboundResponse
from remit.testing.upstream import (
    FakeAnswer,
    FakeUpstream,
    ReceivedRequest,
    and_then_silence,
    events,
    in_pieces,
)


def with_door(upstream: FakeUpstream, test: Any) -> None:
    async def within() -> None:
        door = Door()
        async with upstream:
            destination, _ = parse_url(upstream.url, reach=Reach(private=True))

            async def send(body: bytes = b"") -> OutboundResponse:
                request = OutboundRequest(b"POST", b"/a?b", ((b"x-a", b"1"),), body)
                return await door.send(destination, request, Limits(), partition="t")

            await test(send)
            await door.close()

    asyncio.run(within())


def test_it_answers_and_remembers() -> None:
    upstream = FakeUpstream(lambda request: FakeAnswer(201, ((b"x-b", b"2"),), request.body))

    async def test(send: Any) -> None:
        for body in (b"one", b"two"):
            response = await send(body)
            assert (response.status, response.header(b"x-b")) == (201, b"2")
            assert await response.read(10) == body
        assert [each.body for each in upstream.requests] == [b"one", b"two"]
        assert (upstream.requests[0].method, upstream.requests[0].target) == ("POST", "/a?b")
        assert upstream.requests[0].header("x-a") == "1"
        assert upstream.requests[0].header("x-none") is None

    with_door(upstream, test)


def test_it_sends_pieces_as_they_come() -> None:
    upstream = FakeUpstream(lambda request: FakeAnswer(body=in_pieces(b"a", b"b")))

    async def test(send: Any) -> None:
        response = await send()
        assert [piece async for piece in response.chunks()] == [b"a", b"b"]

    with_door(upstream, test)


def test_it_notices_who_hangs_up() -> None:
    upstream = FakeUpstream(lambda request: FakeAnswer(body=and_then_silence(b"a")))

    async def test(send: Any) -> None:
        response = await send()
        await response.aclose()
        await asyncio.sleep(0.05)
        assert upstream.hung_up == 1

    with_door(upstream, test)


def test_it_listens_only_while_it_is_open() -> None:
    with pytest.raises(RuntimeError):
        _ = FakeUpstream(lambda request: FakeAnswer()).url


def test_a_doubled_header_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="2 times"):
        ReceivedRequest("GET", "/", ((b"a", b"1"), (b"a", b"2")), b"").header("a")


def test_events_are_server_sent_events() -> None:
    assert events([b"{}"]) == (b"event: message\ndata: {}\n\n",)
