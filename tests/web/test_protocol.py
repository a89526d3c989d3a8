"""Raw bytes at a listener: too much, too slow or ambiguous is refused before any handler."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from remit.telemetry.logs import Log
from remit.web.asgi import RouteApp
from remit.web.http import Request, Response, Route, RouteTable
from remit.web.listener import Listener
from remit.web.protocol import Bounds

BOUNDS = Bounds(header_bytes=4096, header_count=40, request_seconds=0.4, connections=8)


class Echo:
    """An application that remembers what reached it."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    async def answer(self, request: Request) -> Response:
        self.seen.append(request)
        return Response(200, (), request.body)

    def app(self) -> RouteApp:
        return RouteApp(RouteTable((Route("POST", "/echo", self.answer, 64),)), Log())


def serve(
    talk: Callable[[int], Awaitable[bytes]], bounds: Bounds = BOUNDS
) -> tuple[bytes, list[Request]]:
    async def run() -> tuple[bytes, list[Request]]:
        echo = Echo()
        listener = Listener(("127.0.0.1", 0), echo.app(), bounds)
        await listener.start()
        try:
            return await talk(listener.port), echo.seen
        finally:
            await listener.close(within_seconds=1)

    return asyncio.run(run())


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def exchange(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    with contextlib.suppress(OSError):  # The server may have hung up already.
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 3)
    await hang_up(writer)
    return answer


def send(sent: bytes, bounds: Bounds = BOUNDS) -> tuple[bytes, list[Request]]:
    return serve(lambda port: exchange(port, sent), bounds)


def post(headers: bytes = b"", body: bytes = b"hi", path: bytes = b"/echo") -> bytes:
    return b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n%s\r\n%s" % (
        path,
        len(body),
        headers,
        body,
    )


def test_a_plain_request_is_answered() -> None:
    answer, seen = send(post())
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\nhi")
    assert [request.body for request in seen] == [b"hi"]


@pytest.mark.parametrize(
    ("attack", "status"),
    [
        (post(b"host: y\r\n"), b"400"),
        (post(b"content-length: 2\r\n"), b"400"),
        (post(b"transfer-encoding: chunked\r\n"), b"400"),
        (post(b"content-type: a/b\r\ncontent-type: c/d\r\n"), b"400"),
        (b"POST /echo HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi", b"400"),
        (post(path=b"http://elsewhere/echo"), b"400"),
        (post(b"x: a\r\n b\r\n"), b"400"),
        (b"POST /echo HTTP/1.1\nhost: x\ncontent-length: 2\n\nhi", b"400"),
        (post(b"bad name: x\r\n"), b"400"),
        (post(b"x: " + b"a" * 5000 + b"\r\n"), b"431"),
        (post(b"".join(b"x%d: y\r\n" % n for n in range(60))), b"431"),
        (b"GARBAGE\r\n\r\n", b"400"),
        (post(body=b"x" * 65), b"413"),
        (post(path=b"/other"), b"404"),
        (b"GET /echo HTTP/1.1\r\nhost: x\r\n\r\n", b"405"),
    ],
)
def test_an_ambiguous_or_oversized_request_reaches_no_handler(attack: bytes, status: bytes) -> None:
    answer, seen = send(attack)
    assert answer.split(b" ", 2)[1] == status
    assert seen == []
    assert b"Traceback" not in answer


def test_an_endless_header_is_cut_off() -> None:
    async def talk(port: int) -> bytes:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /echo HTTP/1.1\r\nx: ")
        sent = 0
        try:
            while sent < 10_000_000:
                writer.write(b"a" * 1000)
                await writer.drain()
                sent += 1000
        except ConnectionError:
            pass
        await hang_up(writer)
        return b"%d" % sent

    sent, seen = serve(talk)
    assert int(sent) < 5_000_000  # What fits into socket buffers, and no more.
    assert seen == []


@pytest.mark.parametrize("begun", [b"", b"POST /echo HT", post()[:-1]])
def test_a_request_that_does_not_arrive_in_time_is_dropped(begun: bytes) -> None:
    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(begun)
        answer = await asyncio.wait_for(reader.read(), 3)
        await hang_up(writer)
        return answer

    answer, seen = serve(talk)
    assert answer.startswith(b"HTTP/1.1 408")
    assert seen == []


def test_connections_are_bounded() -> None:
    async def talk(port: int) -> bytes:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await asyncio.sleep(0.05)
        answer = await exchange(port, post())
        for _, writer in held:
            await hang_up(writer)
        return answer

    bounds = Bounds(header_bytes=4096, header_count=40, request_seconds=5, connections=2)
    answer, seen = serve(talk, bounds)
    assert answer.startswith(b"HTTP/1.1 503")
    assert seen == []


def test_forwarding_headers_do_not_change_who_calls() -> None:
    _, seen = send(post(b"x-forwarded-for: 203.0.113.9\r\nforwarded: for=203.0.113.9\r\n"))
    assert seen[0].peer.startswith("127.0.0.1:")


def test_the_uid_behind_a_unix_socket_is_known(tmp_path: Path) -> None:
    async def run() -> list[Request]:
        echo = Echo()
        listener = Listener(tmp_path / "admin.sock", echo.app(), BOUNDS)
        await listener.start()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "admin.sock"))
        writer.write(post())
        await reader.readuntil(b"hi")
        await hang_up(writer)
        await listener.close(within_seconds=1)
        return echo.seen

    (request,) = asyncio.run(run())
    assert request.peer_uid == os.getuid()
    assert not (tmp_path / "admin.sock").exists()
