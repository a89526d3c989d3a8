"""HTTP/1.1 on uvicorn's httptools protocol, with the bounds that it does not have itself.

Heads are bounded in bytes, requests in time, connections in number; a head that could be read in
two ways (doubled Host or Content-Length, both framings) is refused before anything acts on it.
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

# Headers that say who asks, where, and how the body is framed: twice is a contradiction.
_ONCE = frozenset(
    {b"host", b"content-length", b"transfer-encoding", b"content-type", b"expect", b"origin"}
)
PEER_UID = "peer_uid"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one peer may make a listener hold: bytes, seconds, connections."""

    header_bytes: int
    header_count: int
    request_seconds: float
    connections: int


class BoundedProtocol(HttpToolsProtocol):
    """One connection; `bounds` comes with the listener's subclass (see `bounded_by`)."""

    bounds: Bounds

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
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self.bounds.header_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._arm()

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

    def _is_ambiguous(self) -> bool:
        """RFC 9112 sections 3.2, 6.3: doubled or contradicting fields are refused, not chosen."""
        names = [name for name, _ in self.headers]
        doubled = any(name in _ONCE and names.count(name) > 1 for name in set(names))
        framings = b"content-length" in names and b"transfer-encoding" in names
        hostless = b"host" not in names and self.parser.get_http_version() == "1.1"
        absolute = not self.url.startswith(b"/")
        return doubled or framings or hostless or absolute

    def _begun(self) -> RequestResponseCycle | None:
        # uvicorn declares the cycle as always there; before the first request it is None.
        return cast("RequestResponseCycle | None", self.cycle)

    def _arm(self) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(self.bounds.request_seconds, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        # A whole request may be slow to answer, never slow to arrive.
        cycle = self._begun()
        if cycle is None or cycle.response_complete or cycle.more_body:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        cycle = self._begun()
        if cycle is None or cycle.response_complete or not cycle.response_started:
            problem = json.dumps({"status": status.value, "title": status.phrase}).encode()
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n%s"
                % (status.value, status.phrase.encode(), len(problem), problem)
            )
        self.transport.close()


def bounded_by(bounds: Bounds) -> type[BoundedProtocol]:
    """The protocol class of one listener (uvicorn takes a class, and makes the instances)."""
    return type("ListenerProtocol", (BoundedProtocol,), {"bounds": bounds})


def _peer_uid(transport: asyncio.BaseTransport) -> int | None:
    """The uid at the other end of a unix socket, from the kernel (SO_PEERCRED)."""
    end = transport.get_extra_info("socket")
    if end is None or end.family != socket.AF_UNIX:
        return None
    credentials = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return int(uid)
