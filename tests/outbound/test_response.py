"""A response as its reader sees it: whole within a limit, in pieces, or given up."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from remit.outbound.door import Door
from remit.outbound.errors import UpstreamTooLarge
from remit.outbound.message import OutboundRequest
from remit.outbound.response import OutboundResponse
from tests.outbound.raw_upstream import QUICK, Peer, upstream

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: Text/Event-Stream; charset=utf-8\r\n\r\ndata: 1\n\n"


def answered(raw: bytes, use: Callable[[OutboundResponse], Awaitable[None]]) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(raw)

    async def run() -> None:
        door = Door()
        async with upstream(script) as site:
            request = OutboundRequest(b"GET", b"/")
            async with await door.send(site.destination, request, QUICK, partition="t") as response:
                await use(response)
            await door.close()

    asyncio.run(run())


def test_a_body_is_read_whole_and_its_headers_by_lower_case_name() -> None:
    async def use(response: OutboundResponse) -> None:
        assert (response.status, await response.read(5)) == (200, b"hello")
        assert response.header(b"content-type") == b"text/plain"
        assert response.header(b"x") is None
        assert not response.is_stream

    answered(ANSWER, use)


def test_a_body_beyond_the_limit_is_given_up() -> None:
    async def use(response: OutboundResponse) -> None:
        with pytest.raises(UpstreamTooLarge) as refused:
            # In one piece already or not: the limit is the limit.
            await response.read(4)
        assert refused.value.may_have_effect

    answered(ANSWER, use)


def test_a_stream_is_known_by_its_media_type_and_read_in_pieces() -> None:
    async def use(response: OutboundResponse) -> None:
        assert response.is_stream
        assert b"".join([piece async for piece in response.chunks()]) == b"data: 1\n\n"
        assert response.is_complete

    answered(STREAM, use)
