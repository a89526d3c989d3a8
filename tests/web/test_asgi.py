"""The applications alone: the test is the server, and plays every message itself."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from io import StringIO
from typing import Any, Self

import pytest

from remit.kernel.errors import Conflict, LimitExceeded, RemitError
from remit.proxy.messages import IncomingCall, Released
from remit.telemetry.logs import Log, configure
from remit.web.asgi import PublicApp, RouteApp, StreamedBody, peer_of
from remit.web.errors import problem_for_administrators
from remit.web.http import Request, Response, Route, RouteTable
from remit.web.protocol import PEER_UID

PRIVATE = "the row 4711 of the table"
Handler = Callable[[Request], Awaitable[Response]]


class Caller:
    """One connection's two ends, as ASGI has them."""

    def __init__(self, *pieces: bytes) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.received = 0
        for at, piece in enumerate(pieces, 1):
            self.incoming.put_nowait(message(piece, more=at < len(pieces)))

    def hang_up(self) -> None:
        self.incoming.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> dict[str, Any]:
        self.received += 1
        return await self.incoming.get()

    async def send(self, sent: Any) -> None:
        self.sent.append(sent)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent[1:])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])


class Stream:
    """A released stream that says what became of it."""

    def __init__(self, *chunks: bytes, fails: Exception | None = None, hangs: bool = False) -> None:
        self.chunks = list(chunks)
        self.fails = fails
        self.hangs = hangs
        self.closed = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self.chunks:
            return self.chunks.pop(0)
        if self.fails is not None:
            raise self.fails
        if self.hangs:
            await asyncio.Event().wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed += 1


def message(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def scope(method: str = "POST", path: str = "/x", **more: Any) -> dict[str, Any]:
    return {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"a=%31",
        "headers": [(b"x-one", b"1"), (b"x-one", b"2")],
        "client": ("127.0.0.1", 4711),
        "state": {},
        **more,
    }


async def echo(request: Request) -> Response:
    return Response(200, ((b"x-method", request.method.encode()),), request.body)


def routes(handler: Handler = echo, log: Log | None = None) -> RouteApp:
    return RouteApp(RouteTable((Route("POST", "/x", handler, 8),)), log or Log())


def ask(app: RouteApp | PublicApp, caller: Caller, **asked: Any) -> Caller:
    asyncio.run(app(scope(**asked), caller.receive, caller.send))
    return caller


def public(released: Released) -> PublicApp:
    async def call(incoming: IncomingCall) -> Released:
        await incoming.body.read(8)
        return released

    return PublicApp(call, routes(), Log())


def test_a_route_gets_the_whole_body_and_answers() -> None:
    caller = ask(routes(), Caller(b"1234", b"", b"5678"))
    assert (caller.status, caller.body) == (200, b"12345678")
    assert caller.headers[b"content-length"] == b"8"


def test_a_handler_sees_the_request_as_it_came() -> None:
    seen: list[Request] = []

    async def remember(request: Request) -> Response:
        seen.append(request)
        return Response(204, (), b"")

    ask(routes(remember), Caller(b""), state={PEER_UID: 1000})
    assert seen[0].query == b"a=%31"
    assert seen[0].header_values(b"x-one") == ("1", "2")
    assert (seen[0].peer, seen[0].peer_uid) == ("127.0.0.1:4711", 1000)


@pytest.mark.parametrize("pieces", [(b"123456789",), (b"12345678", b"9"), (b"1" * 99, b"2")])
def test_a_body_beyond_its_routes_limit_is_refused(pieces: tuple[bytes, ...]) -> None:
    caller = ask(routes(), Caller(*pieces))
    assert caller.status == 413
    assert json.loads(caller.body)["type"] == "urn:remit:error:limit_exceeded"


def test_no_more_of_a_body_is_read_than_its_limit() -> None:
    caller = ask(routes(), Caller(*[b"12345"] * 100))
    assert caller.status == 413
    assert caller.received == 2


def test_a_body_that_never_came_whole_is_no_body() -> None:
    called: list[Request] = []

    async def remember(request: Request) -> Response:
        called.append(request)
        return Response(200, (), b"")

    for pieces in ([], [message(b"12", more=True)]):
        caller = Caller()
        for piece in pieces:
            caller.incoming.put_nowait(piece)
        caller.hang_up()
        assert ask(routes(remember), caller).sent == []
    assert called == []


def test_a_tool_call_whose_body_never_came_whole_ends_there() -> None:
    caller = Caller()
    caller.hang_up()
    assert ask(public(Released(200, (), b"")), caller, path="/tools/x").sent == []


def test_only_one_who_hung_up_is_let_go_in_silence() -> None:
    async def cancelled(request: Request) -> Response:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        ask(routes(cancelled), Caller(b""))


def test_an_unknown_path_is_not_found() -> None:
    assert ask(routes(), Caller(b""), path="/y").status == 404
    assert ask(routes(), Caller(b""), path="/x/").status == 404


def test_another_method_is_told_which_ones_there_are() -> None:
    caller = ask(routes(), Caller(b""), method="GET")
    assert caller.status == 405
    assert caller.headers[b"allow"] == b"POST"


@pytest.mark.parametrize("error", [Conflict(PRIVATE), RemitError(PRIVATE)])
def test_a_refusal_says_what_its_class_says(error: RemitError) -> None:
    async def refuse(request: Request) -> Response:
        raise error

    caller = ask(routes(refuse), Caller(b""))
    assert caller.status == error.status
    assert PRIVATE.encode() not in caller.body


def test_a_fault_of_ours_is_logged_and_shown_to_nobody() -> None:
    async def fail(request: Request) -> Response:
        raise KeyError(PRIVATE)

    lines = StringIO()
    caller = ask(routes(fail, configure(json=True, stream=lines)), Caller(b""))
    assert caller.status == 500
    assert caller.headers[b"content-type"] == b"application/problem+json"
    assert json.loads(caller.body) == {
        "type": "urn:remit:error:server_error",
        "status": 500,
        "title": "The request could not be completed.",
    }
    logged = json.loads(lines.getvalue())
    assert logged["event"] == "web.request_failed"
    assert logged["exception"] == "builtins.KeyError"
    assert "test_asgi.py" in logged["raised_at"]
    assert PRIVATE not in lines.getvalue()


def test_a_fault_in_the_proxy_is_logged_and_shown_to_nobody() -> None:
    async def fail(incoming: IncomingCall) -> Released:
        raise KeyError(PRIVATE)

    lines = StringIO()
    app = PublicApp(fail, routes(), configure(json=True, stream=lines))
    caller = ask(app, Caller(b""), path="/tools/a?b")
    assert caller.status == 500
    assert json.loads(caller.body)["type"] == "urn:remit:error:server_error"
    assert json.loads(lines.getvalue())["exception"] == "builtins.KeyError"
    assert PRIVATE not in lines.getvalue()
    assert PRIVATE.encode() not in caller.body


def test_what_no_handler_was_asked_is_counted_by_its_reason() -> None:
    counted: list[str] = []
    table = RouteTable((Route("POST", "/x", echo, 8),))
    app = RouteApp(table, Log(), refused=counted.append)
    for asked in ({"path": "/y"}, {"method": "GET"}, {}):
        ask(app, Caller(b"123456789"), **asked)
    assert counted == ["not_found", "method_not_allowed", "limit_exceeded"]
    ask(app, Caller(b"1"))
    assert len(counted) == 3


def test_a_path_with_an_escape_is_another_path() -> None:
    assert ask(routes(), Caller(b""), raw_path=b"/%78", path="/x").status == 404


def test_administrators_are_shown_no_exception_either() -> None:
    async def fail(request: Request) -> Response:
        raise KeyError(PRIVATE)

    table = RouteTable((Route("POST", "/x", fail),))
    log = configure(json=True, stream=StringIO())
    caller = ask(RouteApp(table, log, problem_for_administrators), Caller(b""))
    assert json.loads(caller.body)["detail"] == "internal error"


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        ("/tools", True),
        ("/tools/", True),
        ("/tools/a/b", True),
        ("/toolsmith", False),
        ("/Tools/a", False),
        ("//tools", False),
    ],
)
def test_the_proxy_gets_tools_and_nothing_else(path: str, reached: bool) -> None:
    caller = ask(public(Released(299, (), b"")), Caller(b""), path=path)
    assert caller.status == (299 if reached else 404)


def test_the_proxy_gets_the_raw_path() -> None:
    seen: list[IncomingCall] = []

    async def call(incoming: IncomingCall) -> Released:
        seen.append(incoming)
        return Released(200, (), b"")

    ask(PublicApp(call, routes(), Log()), Caller(b""), raw_path=b"/tools/%2e%2e", path="/tools/..")
    assert seen[0].path == b"/tools/%2e%2e"
    assert seen[0].peer == "127.0.0.1:4711"


def test_a_stream_is_sent_chunk_by_chunk_and_closed() -> None:
    stream = Stream(b"one", b"two")
    caller = ask(public(Released(200, ((b"a", b"b"),), stream)), Caller(b""), path="/tools/x")
    assert [(each.get("body"), each.get("more_body", False)) for each in caller.sent[1:]] == [
        (b"one", True),
        (b"two", True),
        (b"", False),
    ]
    assert b"content-length" not in caller.headers
    assert stream.closed == 1


def test_each_chunk_is_out_before_the_next_one_is_drawn() -> None:
    stream = Stream(b"one", b"two", b"three")
    left: list[int] = []

    class Watching(Caller):
        async def send(self, sent: Any) -> None:
            left.append(len(stream.chunks))

    ask(public(Released(200, (), stream)), Watching(b""), path="/tools/x")
    assert left == [3, 2, 1, 0, 0]


def test_a_stream_that_breaks_is_closed_and_not_ended_as_if_whole() -> None:
    stream = Stream(b"one", fails=ConnectionError())
    caller = Caller(b"")
    with pytest.raises(ConnectionError):
        ask(public(Released(200, (), stream)), caller, path="/tools/x")
    assert stream.closed == 1
    assert caller.sent[-1] == {"type": "http.response.body", "body": b"one", "more_body": True}


@pytest.mark.parametrize("at", [0, 1])
def test_a_stream_that_cannot_be_sent_is_closed(at: int) -> None:
    stream = Stream(b"one", b"two")

    class Deaf(Caller):
        async def send(self, sent: Any) -> None:
            if len(self.sent) == at:
                raise OSError("gone")
            await super().send(sent)

    with pytest.raises(OSError, match="gone"):
        ask(public(Released(200, (), stream)), Deaf(b""), path="/tools/x")
    assert stream.closed == 1


async def ended(task: asyncio.Task[None]) -> None:
    """That it ends by itself, soon. A timeout that cancels would do the work of what is tested."""
    done, _ = await asyncio.wait({task}, timeout=1.0)
    if not done:
        task.cancel()
    assert done
    task.result()


def test_a_disconnect_cancels_its_own_call_only_and_at_once() -> None:
    async def story() -> None:
        ends: dict[bytes, str] = {}
        may_end = asyncio.Event()

        async def call(incoming: IncomingCall) -> Released:
            await incoming.body.read(8)
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                ends[incoming.path] = "cancelled"
                raise
            ends[incoming.path] = "done"
            return Released(200, (), b"done")

        app, one, two = PublicApp(call, routes(), Log()), Caller(b""), Caller(b"")
        first = asyncio.create_task(app(scope(path="/tools/1"), one.receive, one.send))
        second = asyncio.create_task(app(scope(path="/tools/2"), two.receive, two.send))
        await asyncio.sleep(0.01)
        one.hang_up()
        await ended(first)
        assert ends == {b"/tools/1": "cancelled"}
        assert one.sent == []
        assert not second.done()
        may_end.set()
        await second
        assert two.body == b"done"

    asyncio.run(story())


def test_a_disconnect_closes_the_stream_under_way() -> None:
    async def story() -> None:
        stream, caller = Stream(b"one", hangs=True), Caller(b"")
        app = public(Released(200, (), stream))
        task = asyncio.create_task(app(scope(path="/tools/x"), caller.receive, caller.send))
        await asyncio.sleep(0.01)
        caller.hang_up()
        await ended(task)
        assert stream.closed == 1
        assert len(caller.sent) == 2

    asyncio.run(story())


def test_a_slow_body_is_not_taken_by_the_watch_for_a_disconnect() -> None:
    async def story() -> None:
        caller = Caller()
        app = public(Released(200, (), b"done"))
        task = asyncio.create_task(app(scope(path="/tools/x"), caller.receive, caller.send))
        for piece in (message(b"1234", more=True), message(b"5678")):
            await asyncio.sleep(0.08)
            caller.incoming.put_nowait(piece)
        await ended(task)
        assert caller.body == b"done"

    asyncio.run(story())


def test_a_cancelled_server_is_no_disconnect() -> None:
    async def story() -> None:
        caller = Caller(b"")
        app = public(Released(200, (), Stream(hangs=True)))
        task = asyncio.create_task(app(scope(path="/tools/x"), caller.receive, caller.send))
        await asyncio.sleep(0.08)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())


def test_no_watch_outlives_its_call() -> None:
    async def story() -> None:
        async def call(incoming: IncomingCall) -> Released:
            await incoming.body.read(8)
            await asyncio.sleep(0.08)
            return Released(200, (), b"")

        caller = Caller(b"")
        await PublicApp(call, routes(), Log())(scope(path="/tools/x"), caller.receive, caller.send)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(story())


def test_a_streamed_body_says_when_it_is_read() -> None:
    async def story() -> None:
        caller = Caller(b"1", b"2")
        body = StreamedBody(caller.receive)
        before = body.is_read
        assert await body.read(2) == b"12"
        assert (before, body.is_read) == (False, True)
        with pytest.raises(LimitExceeded):
            await StreamedBody(Caller(b"123").receive).read(2)

    asyncio.run(story())


@pytest.mark.parametrize(("client", "peer"), [(None, "unix"), (("::1", 9), "::1:9"), ((), "unix")])
def test_a_peer_is_who_is_connected(client: Any, peer: str) -> None:
    asked = {"client": client, "headers": [(b"x-forwarded-for", b"203.0.113.9")]}
    assert peer_of(asked) == peer
