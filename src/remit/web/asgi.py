"""ASGI, by hand: between the socket and the stories stands nothing but this.

Paths under `/tools` go to the tool proxy; all others are looked up, exactly, in a route table.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from remit.kernel.errors import NotFound, RemitError
from remit.proxy.messages import IncomingCall, Released
from remit.telemetry.logs import Log
from remit.telemetry.names import LogEvent
from remit.web.errors import problem_response
from remit.web.http import Count, Request, Response, RouteTable, check_body_size, uncounted
from remit.web.protocol import PEER_UID

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Call: TypeAlias = Callable[[IncomingCall], Awaitable[Released]]
ErrorResponse: TypeAlias = Callable[[RemitError], Response]

_WATCH_AFTER_SECONDS = 0.05


class StreamedBody:
    """A request's body as ASGI delivers it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_read = False
        self.is_broken_off = False

    async def read(self, max_bytes: int) -> bytes:
        """The whole body, never more than `max_bytes` in memory; raises LimitExceeded.

        CancelledError where the caller goes before it is whole: a part is never taken for it.
        """
        message = await self._next()
        body: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            self.is_read = True
            check_body_size(len(body), max_bytes)
            return body
        pieces, size = [body], len(body)
        while message.get("more_body", False) and size <= max_bytes:
            message = await self._next()
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
        check_body_size(size, max_bytes)
        self.is_read = True
        return b"".join(pieces)

    async def _next(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_broken_off = True
            raise asyncio.CancelledError
        return message


class RouteApp:
    """Answers from a route table. `refused` counts what no handler was asked about."""

    def __init__(
        self,
        routes: RouteTable,
        log: Log,
        refuse: ErrorResponse = problem_response,
        refused: Count = uncounted,
    ) -> None:
        self._routes = routes
        self._log = log
        self._refuse = refuse
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = StreamedBody(receive)
        try:
            response = await self._answer(scope, body)
        except asyncio.CancelledError:
            if body.is_broken_off:
                return  # Nobody is left to be answered, and nothing was done.
            raise
        except RemitError as error:
            response = self._refuse(error)
        except Exception as fault:
            # The last line: a fault of ours is logged whole, and shown to nobody.
            self._log.error(
                LogEvent.REQUEST_FAILED, path=scope["path"], method=scope["method"], failure=fault
            )
            response = self._refuse(RemitError("internal error"))
        await send_response(send, response)

    async def _answer(self, scope: Scope, body: StreamedBody) -> Response:
        # As it was sent: no route's path needs an escape, and what has one is another path.
        method, path = scope["method"], scope["raw_path"].decode("latin-1")
        route = self._routes.find(method, path)
        if route is None and (allowed := self._routes.methods_at(path)):
            self._refused("method_not_allowed")
            return Response(405, ((b"allow", ", ".join(allowed).encode()),), b"")
        try:
            if route is None:
                raise NotFound(f"no route {method} {path[:200]}")
            route.admit(_uid_of(scope))
            content = await body.read(route.max_body)
        except RemitError as error:
            self._refused(error.error)
            raise
        return await route.handler(_request(scope, path, content))


class PublicApp:
    """The public listener: the tool proxy under `/tools`, the broker's routes beside it."""

    def __init__(self, call: Call, routes: RouteApp, log: Log) -> None:
        self._call = call
        self._routes = routes
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: bytes = scope["raw_path"]
        if path != b"/tools" and not path.startswith(b"/tools/"):
            await self._routes(scope, receive, send)
            return
        body = StreamedBody(receive)
        incoming = IncomingCall(
            method=scope["method"],
            path=path,
            query=scope["query_string"],
            headers=tuple(scope["headers"]),
            body=body,
            peer=peer_of(scope),
        )
        with CancelledByDisconnect(receive, body):
            try:
                released = await self._call(incoming)
            except Exception as fault:
                # The last line, as in RouteApp: logged by its kind and place, shown to nobody.
                self._log.error(
                    LogEvent.REQUEST_FAILED, path="/tools", method=incoming.method, failure=fault
                )
                await send_response(send, problem_response(RemitError("internal error")))
                return
            await send_released(send, released)


class CancelledByDisconnect:
    """Cancels the surrounding task when the caller hangs up, and ends the cancellation there.

    Most calls are over before watching would begin; only those that last pay for the watching. It
    begins when the body has been read, because there is one stream of messages for both.
    """

    def __init__(self, receive: Receive, body: StreamedBody) -> None:
        self._receive = receive
        self._body = body
        self._watch: asyncio.Task[None] | None = None
        self._hung_up = False

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer = self._loop.call_later(_WATCH_AFTER_SECONDS, self._begin)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        has_gone = self._hung_up or self._body.is_broken_off
        return has_gone and kind is asyncio.CancelledError

    def _begin(self) -> None:
        if self._body.is_read:
            self._watch = self._loop.create_task(self._until_disconnect())
        else:
            self._timer = self._loop.call_later(_WATCH_AFTER_SECONDS, self._begin)

    async def _until_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._hung_up = True
        if self._task is not None:
            self._task.cancel()


def _request(scope: Scope, path: str, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=path,
        query=scope["query_string"],
        headers=tuple(scope["headers"]),
        body=body,
        peer=peer_of(scope),
        peer_uid=_uid_of(scope),
    )


def _uid_of(scope: Scope) -> int | None:
    uid: int | None = scope.get("state", {}).get(PEER_UID)
    return uid


async def send_response(send: Send, response: Response) -> None:
    """Send a whole response."""
    length = (b"content-length", b"%d" % len(response.body))
    await send(
        {
            "type": "http.response.start",
            "status": response.status,
            "headers": [*response.headers, length],
        }
    )
    await send({"type": "http.response.body", "body": response.body})


async def send_released(send: Send, released: Released) -> None:
    """Send what the proxy released, event by event where it is a stream."""
    if isinstance(released.body, bytes):
        await send_response(send, Response(released.status, released.headers, released.body))
        return
    start = {
        "type": "http.response.start",
        "status": released.status,
        "headers": list(released.headers),
    }
    try:
        await send(start)
        async for chunk in released.body:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        await released.body.aclose()
    await send({"type": "http.response.body", "body": b""})


def peer_of(scope: Scope) -> str:
    """Who is at the other end of the connection; never what a header says."""
    client = scope.get("client")
    return "unix" if not client else f"{client[0]}:{client[1]}"
