"""HTTP/1.1 on uvicorn's httptools protocol, with the bounds that it does not have itself.

Heads are bounded in bytes, requests in time, answers in how long nobody reads them, connections in
number; a head that could be read in two ways (doubled Host or Content-Length, both framings) is
refused before anything acts on it, and counted. Trailers are nobody's headers: they are dropped.
The uid of a peer on a unix socket is put into the scope's state.
"""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from remit.web.http import Count, uncounted

# Headers that say who asks, where, and how the body is framed: twice is a contradiction.
_ONCE = frozenset(
    {b"host", b"content-length", b"transfer-encoding", b"content-type", b"expect", b"origin"}
)
_VERSIONS = frozenset({"1.0", "1.1"})
PEER_UID = "peer_uid"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one peer may make a listener hold: bytes, seconds, connections."""

    header_bytes: int
    header_count: int
    request_seconds: float
    connections: int
    stalled_seconds: float = 60.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection; `bounds` and `refused` come with the listener's subclass (`bounded_by`)."""

    bounds: Bounds
    refused: Count

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        if len(self.connections) > self.bounds.connections:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        uid = _peer_uid(transport)
        if uid is not None:
            self.app_state = {**self.app_state, PEER_UID: uid}
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._unstall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.bounds.header_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._in_head and self._deadline is None and self._is_answered():
            # Empty lines end uvicorn's wait for the next request, and begin none.
            self._arm()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._arm()

    def on_header(self, name: bytes, value: bytes) -> None:
        # RFC 9110 section 6.5.1: trailers say nothing of who asks for what; uvicorn would add them.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self.bounds.header_bytes or len(self.headers) > self.bounds.header_count:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._is_ambiguous():
            self._refuse(HTTPStatus.BAD_REQUEST)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._disarm()
        self._in_head = True
        if self._begun() is not None and not self.transport.is_closing():
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        self._stall = self.loop.call_later(self.bounds.stalled_seconds, self._give_up)

    def resume_writing(self) -> None:
        self._unstall()
        super().resume_writing()

    def _unsupported_upgrade_warning(self) -> None:
        """RFC 9110 section 7.8: an upgrade that is not offered is ignored, and nothing to log."""

    def _is_ambiguous(self) -> bool:
        """RFC 9112 sections 3.2, 6.3: doubled or contradicting fields are refused, not chosen."""
        names = [name for name, _ in self.headers if name in _ONCE]
        doubled = len(set(names)) < len(names)
        framings = b"content-length" in names and b"transfer-encoding" in names
        hostless = b"host" not in names and self.parser.get_http_version() == "1.1"
        foreign = self.parser.get_http_version() not in _VERSIONS
        # RFC 9112 section 3.2.1: the origin form, which has no fragment.
        odd = not self.url.startswith(b"/") or b"#" in self.url
        return doubled or framings or hostless or foreign or odd

    def _begun(self) -> RequestResponseCycle | None:
        # uvicorn declares the cycle as always there; before the first request it is None.
        return cast("RequestResponseCycle | None", self.cycle)

    def _is_answered(self) -> bool:
        cycle = self._begun()
        return cycle is None or cycle.response_complete

    def _arm(self) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(self.bounds.request_seconds, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        # A whole request may be slow to answer, never slow to arrive.
        if self._is_answered() or self.cycle.more_body:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _unstall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _give_up(self) -> None:
        """End a connection whose peer has read nothing of what waits for it."""
        unread = self.transport.get_write_buffer_size()
        if unread >= self._unread:
            self.transport.abort()
            return
        self._unread = unread
        self._stall = self.loop.call_later(self.bounds.stalled_seconds, self._give_up)

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        self.refused(status.phrase.lower().replace(" ", "_"))
        if self._is_answered() or not self.cycle.response_started:
            problem = json.dumps({"status": status.value, "title": status.phrase}).encode()
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n%s"
                % (status.value, status.phrase.encode(), len(problem), problem)
            )
        self.transport.close()


def bounded_by(bounds: Bounds, refused: Count = uncounted) -> type[BoundedProtocol]:
    """The protocol class of one listener (uvicorn takes a class, and makes the instances)."""
    members = {"bounds": bounds, "refused": staticmethod(refused)}
    return type("ListenerProtocol", (BoundedProtocol,), members)


def _peer_uid(transport: asyncio.BaseTransport) -> int | None:
    """The uid at the other end of a unix socket, from the kernel (SO_PEERCRED)."""
    end = transport.get_extra_info("socket")
    if end is None or end.family != socket.AF_UNIX:
        return None
    credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return int(uid)
