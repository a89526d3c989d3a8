"""Real sockets: how a listener begins, and how it ends without losing a request."""

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from remit.proxy.messages import IncomingCall, Released
from remit.telemetry.logs import Log
from remit.web.asgi import PublicApp, RouteApp
from remit.web.http import Request, Response, Route, RouteTable
from remit.web.listener import Address, CannotListen, Listener
from remit.web.protocol import Bounds

BOUNDS = Bounds(header_bytes=4096, header_count=40, request_seconds=2, connections=8)
ASKED = b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n"
LOCAL: Address = ("127.0.0.1", 0)


class Work:
    """An application with requests that last as long as the test wants."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.ended = 0
        self.cancelled = 0
        self.uids: list[int | None] = []

    async def slow(self, request: Request) -> Response:
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
        return Response(200, (), b"slow")

    async def quick(self, request: Request) -> Response:
        self.uids.append(request.peer_uid)
        return Response(200, (), b"quick")

    def app(self) -> RouteApp:
        routes = Route("GET", "/slow", self.slow), Route("GET", "/quick", self.quick)
        return RouteApp(RouteTable(routes), Log())


Story = Callable[[Listener, Work], Awaitable[None]]


def tell(story: Story, address: Address = LOCAL) -> None:
    async def run() -> None:
        work = Work()
        listener = Listener(address, work.app(), BOUNDS)
        await listener.start()
        try:
            await story(listener, work)
        finally:
            await listener.close(within_seconds=0)

    asyncio.run(run())


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connected(to: Listener | Path) -> AsyncIterator[Ends]:
    reader, writer = await (
        asyncio.open_unix_connection(str(to))
        if isinstance(to, Path)
        else asyncio.open_connection("127.0.0.1", to.port)
    )
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""


def test_a_request_under_way_finishes_and_its_connection_closes_after() -> None:
    async def story(listener: Listener, work: Work) -> None:
        async with connected(listener) as (reader, writer):
            writer.write(ASKED % b"/slow")
            await work.begun.wait()
            closing = asyncio.create_task(listener.close(within_seconds=5))
            await asyncio.sleep(0.05)
            assert not closing.done()
            work.may_end.set()
            answer = await rest_of(reader)
            await asyncio.wait_for(closing, 5)
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"slow")
        assert (work.ended, work.cancelled) == (1, 0)

    tell(story)


def test_what_does_not_finish_in_time_is_cut() -> None:
    async def story(listener: Listener, work: Work) -> None:
        async with connected(listener) as (reader, writer):
            writer.write(ASKED % b"/slow")
            await work.begun.wait()
            await asyncio.wait_for(listener.close(within_seconds=0.05), 2)
            assert b" 200 " not in await rest_of(reader)
        assert (work.ended, work.cancelled) == (0, 1)

    tell(story)


def test_nobody_new_is_let_in_while_it_closes() -> None:
    async def story(listener: Listener, work: Work) -> None:
        port = listener.port
        async with connected(listener) as (reader, writer):
            writer.write(ASKED % b"/slow")
            await work.begun.wait()
            listener.refuse_new()
            with pytest.raises(OSError, match=r"[Cc]onnect|refused"):
                await asyncio.open_connection("127.0.0.1", port)
            work.may_end.set()
            assert b"slow" in await rest_of(reader)

    tell(story)


def test_idle_connections_are_closed_at_once() -> None:
    async def story(listener: Listener, work: Work) -> None:
        async with connected(listener) as (reader, writer):
            writer.write(ASKED % b"/quick")
            await reader.readuntil(b"quick")
            await asyncio.wait_for(listener.close(within_seconds=5), 1)
            assert await rest_of(reader) == b""

    tell(story)


def test_a_listener_may_be_closed_twice_or_before_it_began() -> None:
    async def story(listener: Listener, work: Work) -> None:
        await Listener(LOCAL, work.app(), BOUNDS).close(within_seconds=0)
        await listener.close(within_seconds=0)

    tell(story)


def test_a_unix_socket_is_its_owners_alone_and_says_who_asks(tmp_path: Path) -> None:
    path = tmp_path / "run" / "admin.sock"

    async def story(listener: Listener, work: Work) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        async with connected(path) as (reader, writer):
            writer.write(ASKED % b"/quick")
            await reader.readuntil(b"quick")
        assert work.uids == [os.geteuid()]

    tell(story, path)


def test_over_tcp_nobody_has_a_uid() -> None:
    async def story(listener: Listener, work: Work) -> None:
        async with connected(listener) as (reader, writer):
            writer.write(ASKED % b"/quick")
            await reader.readuntil(b"quick")
        assert work.uids == [None]

    tell(story)


def test_closing_takes_the_socket_away(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"

    async def story(listener: Listener, work: Work) -> None:
        assert path.is_socket()
        await listener.close(within_seconds=0)
        assert not path.exists()

    tell(story, path)


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    async def story(listener: Listener, work: Work) -> None:
        async with connected(path) as (reader, writer):
            writer.write(ASKED % b"/quick")
            await reader.readuntil(b"quick")

    tell(story, path)


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "admin.sock"
    path.write_text("precious")
    with pytest.raises(CannotListen):
        tell(never, path)
    assert path.read_text() == "precious"


def test_an_address_that_is_taken_is_said_so() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(CannotListen, match="in use"),
    ):
        tell(never, ("127.0.0.1", taken.getsockname()[1]))


def test_a_path_too_long_for_a_socket_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(CannotListen):
        tell(never, tmp_path / ("x" * 200))


def test_without_listening_there_is_no_port() -> None:
    with pytest.raises(CannotListen):
        _ = Listener(LOCAL, Work().app(), BOUNDS).port


def test_an_answer_has_no_banner() -> None:
    async def story(listener: Listener, work: Work) -> None:
        async with connected(listener) as (reader, writer):
            writer.write(ASKED % b"/quick")
            head = (await reader.readuntil(b"quick")).lower()
        assert b"server:" not in head
        assert b"uvicorn" not in head

    tell(story)


def test_whoever_hangs_up_cuts_the_own_call_only_and_nothing_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> None:
        calls = Calls()
        app = PublicApp(calls.answer, Work().app(), Log())
        listener = Listener(LOCAL, app, BOUNDS)
        await listener.start()
        try:
            async with connected(listener) as (reader, writer):
                writer.write(ASKED % b"/tools/stays")
                async with connected(listener) as (_, leaving):
                    leaving.write(ASKED % b"/tools/leaves")
                    await calls.wait_for(2)
                await asyncio.wait_for(calls.cut.wait(), 2)
                assert calls.ends == {b"/tools/leaves": "cancelled"}
                calls.may_end.set()
                await reader.readuntil(b"done")
        finally:
            await listener.close(within_seconds=1)

    asyncio.run(run())
    assert caplog.records == []


def test_half_a_request_reaches_no_handler_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def story(listener: Listener, work: Work) -> None:
        async with connected(listener) as (_, writer):
            writer.write(b"GET /quick HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n1")
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)
        assert work.uids == []

    tell(story)
    assert caplog.records == []


class Calls:
    """Tool calls that last until the test ends them."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[bytes] = asyncio.Queue()
        self.cut = asyncio.Event()
        self.may_end = asyncio.Event()
        self.ends: dict[bytes, str] = {}

    async def answer(self, incoming: IncomingCall) -> Released:
        await incoming.body.read(8)
        self.begun.put_nowait(incoming.path)
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.ends[incoming.path] = "cancelled"
            self.cut.set()
            raise
        return Released(200, (), b"done")

    async def wait_for(self, count: int) -> None:
        for _ in range(count):
            await asyncio.wait_for(self.begun.get(), 5)


async def never(listener: Listener, work: Work) -> None:
    raise AssertionError("it listens")
