"""One request's answer, from raw bytes to a bounded stream of body chunks.

The parser is llhttp, in its strict mode; framing is checked a second time here, so that a response
which two readers could cut differently (RFC 9112 section 6.3) is refused whichever of us would have
been right. Memory is bounded in every state: heads, trailers and chunk extensions by
`max_header_bytes`, body bytes waiting for their reader by backpressure.
"""

import asyncio
from collections import deque
from typing import Protocol

import httptools

from remit.outbound.errors import (
    UpstreamFailure,
    UpstreamProtocolError,
    UpstreamTimeout,
    UpstreamTooLarge,
    UpstreamUnreachable,
)
from remit.outbound.message import Header, Limits, OutboundRequest

_HIGH_WATER = 64 * 1024
_LOW_WATER = 16 * 1024
_MAX_INTERIM = 8
_START = b"HTTP/"


class Wire(Protocol):
    """What an exchange asks of the connection that carries it."""

    def pause(self) -> None:
        """Stop reading until `resume`."""

    def resume(self) -> None:
        """Read again."""

    def finished(self, *, reusable: bool) -> None:
        """The response is complete; the connection may serve another, or must be closed."""

    def abort(self) -> None:
        """Close now; nothing more is to be read or written."""


class Exchange:
    """The state of one request on its connection. Also the parser's callback object."""

    __slots__ = (
        "_body_bytes", "_chunked", "_due", "_framed", "_interim", "_limits", "_loop", "_method",
        "_parser", "_paused", "_released", "_seen", "_started_at", "_takes_encoded", "_timer",
        "_total_due", "_unproductive", "_waiter", "_wire", "buffer", "buffered", "complete",
        "failure", "head", "headers", "peer", "status",
    )  # fmt: skip

    def __init__(
        self,
        wire: Wire,
        request: OutboundRequest,
        limits: Limits,
        peer: str,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._wire, self._limits, self._loop, self.peer = wire, limits, loop, peer
        self._method, self._takes_encoded = request.method, request.takes_encoded
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self.head: asyncio.Future[None] = loop.create_future()
        self.status = 0
        self.headers: list[Header] = []
        self.buffer: deque[bytes] = deque()
        self.buffered = self._body_bytes = self._unproductive = self._seen = self._interim = 0
        self.complete = self._paused = self._released = self._chunked = self._framed = False
        self.failure: UpstreamFailure | None = None
        self._waiter: asyncio.Future[None] | None = None
        now = loop.time()
        self._total_due = None if limits.total_in is None else now + limits.total_in
        self._due = self._next_due(now, limits.first_byte_in)
        self._timer: asyncio.TimerHandle | None = loop.call_at(self._due, self._on_timer)

    # --- time ---

    def _next_due(self, now: float, within: float) -> float:
        due = now + within
        return due if self._total_due is None else min(due, self._total_due)

    def _heard(self) -> None:
        self._due = self._next_due(self._loop.time(), self._limits.idle_in)
        if self._timer is not None and self._due < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._on_timer)

    def _on_timer(self) -> None:
        # The instant moves with every byte; the timer only looks again when it has run out.
        now = self._loop.time()
        is_total = self._total_due is not None and now >= self._total_due
        if self._paused and not is_total:
            # The reader is slow, not the upstream: no verdict on the upstream's silence now.
            self._due = self._next_due(now, self._limits.idle_in)
        if now < self._due:
            self._timer = self._loop.call_at(self._due, self._on_timer)
            return
        self._timer = None
        waited_for = "body" if self.head.done() else "response"
        self.fail(UpstreamTimeout(f"{self.peer}: the {waited_for} took too long"))

    # --- bytes ---

    def feed(self, received: bytes) -> None:
        """Take what the connection read."""
        if self._seen < len(_START):
            # llhttp would take RTSP/ and ICE/ as well, and empty lines before.
            start = received[: len(_START) - self._seen]
            if _START[self._seen : self._seen + len(start)] != start:
                self.fail(UpstreamProtocolError(f"{self.peer}: not an HTTP response"))
                return
            self._seen += len(start)
        self._unproductive += len(received)
        self._parse(received)
        if self.complete:
            if not self._released:
                self._release()
        elif self.failure is None:
            if self._unproductive > self._limits.max_header_bytes:
                self.fail(UpstreamTooLarge(f"{self.peer}: head, trailer or extension too large"))
            elif self.status >= 200:
                self._heard()
        if self.failure is None and not self.head.done() and self.status >= 200:
            self.head.set_result(None)
        self._wake()

    def _parse(self, received: bytes) -> None:
        if self._parser is None:
            return
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserUpgrade:
            self.fail(UpstreamProtocolError(f"{self.peer}: switched protocols unasked"))
        except httptools.HttpParserCallbackError as stop:
            if not isinstance(stop.__context__, UpstreamFailure):
                raise
            if not self.complete:
                self.fail(stop.__context__)
            self._framed = False
        except httptools.HttpParserError:
            # After the end of the response this says only that the connection is not to be reused.
            if not self.complete:
                self.fail(UpstreamProtocolError(f"{self.peer}: not a well-formed HTTP response"))
            self._framed = False

    def end_of_stream(self) -> None:
        """The peer closed its side."""
        if self.complete or self.failure is not None:
            return
        if self.head.done() and not self._framed:
            # RFC 9112 section 6.3 (8): the length is what came before the close.
            self.complete = True
            self._release()
            self._wake()
        elif self.status >= 200:
            self.fail(UpstreamProtocolError(f"{self.peer}: closed in the middle of its answer"))
        else:
            self.fail(UpstreamUnreachable(f"{self.peer}: closed before it answered"))

    # --- the parser's callbacks ---

    def on_message_begin(self) -> None:
        if self.complete:
            # Bytes after the response: a peer out of step. `_parse` bars the connection from reuse.
            raise UpstreamProtocolError(f"{self.peer}: more than one response")
        self.headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head.done() or self.status >= 200:
            return  # a trailer: counted, never merged (RFC 9110 section 6.5.1)
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        parser = self._parser
        if parser is None:
            return
        status = parser.get_status_code()
        if parser.get_http_version() not in ("1.1", "1.0") or not 100 <= status <= 599:
            raise UpstreamProtocolError(f"{self.peer}: unknown version or status")
        if sum(len(name) + len(value) + 4 for name, value in self.headers) > (
            self._limits.max_header_bytes
        ):
            raise UpstreamTooLarge(f"{self.peer}: head too large")
        if status < 200:
            self._interim += 1
            if status == 101 or self._interim > _MAX_INTERIM:
                raise UpstreamProtocolError(f"{self.peer}: interim response {status} refused")
            return
        self._check_framing(parser.get_http_version())
        self.status = status
        if self._method == b"HEAD":
            # No body follows whatever the head says; llhttp cannot be told, so the connection ends.
            self.complete, self._framed = True, False

    def _check_framing(self, version: str) -> None:
        length: bytes | None = None
        for name, value in self.headers:
            if name == b"content-length":
                if length is not None or not value.isdigit():
                    raise UpstreamProtocolError(f"{self.peer}: ambiguous Content-Length")
                length = value
            elif name == b"transfer-encoding":
                if self._chunked or value.lower() != b"chunked" or version != "1.1":
                    raise UpstreamProtocolError(f"{self.peer}: refused Transfer-Encoding")
                self._chunked = True
            elif name == b"content-encoding" and not self._takes_encoded and value != b"identity":
                raise UpstreamProtocolError(f"{self.peer}: encoded although not asked to")
        if length is not None:
            if self._chunked:
                raise UpstreamProtocolError(f"{self.peer}: both length and chunks")
            self._check_length(length)
        self._framed = length is not None or self._chunked

    def _check_length(self, length: bytes) -> None:
        limit = self._limits.max_body_bytes
        if limit is None or self._method == b"HEAD":
            return
        if len(length) > 15 or int(length) > limit:
            raise UpstreamTooLarge(f"{self.peer}: announces a body beyond the limit")

    def on_body(self, chunk: bytes) -> None:
        if self.complete:
            return
        self._unproductive = 0
        self._body_bytes += len(chunk)
        limit = self._limits.max_body_bytes
        if limit is not None and self._body_bytes > limit:
            raise UpstreamTooLarge(f"{self.peer}: body beyond the limit")
        self.buffer.append(chunk)
        self.buffered += len(chunk)
        if self.buffered > _HIGH_WATER and not self._paused:
            self._paused = True
            self._wire.pause()

    def on_message_complete(self) -> None:
        if self.status >= 200 and not self.complete:
            self.complete = True
            # 204 and 304 are framed by their status (RFC 9112 section 6.3 (1)).
            self._framed = self._parser is not None and self._parser.should_keep_alive()

    # --- the end, one way or the other ---

    def _release(self) -> None:
        self._released = True
        self._stop_timer()
        self._parser = None
        if self._paused:
            self._paused = False
            self._wire.resume()
        self._wire.finished(reusable=self._framed)

    def fail(self, failure: UpstreamFailure) -> None:
        """End the exchange, and the connection with it."""
        if self._released or self.failure is not None:
            return
        failure.may_have_effect = True
        self.failure = failure
        self._stop_timer()
        self._parser = None
        self._wire.abort()
        if not self.head.done():
            self.head.set_exception(failure)
            self.head.exception()  # whoever waited may be gone
        self._wake()

    def cut(self) -> None:
        """The connection is gone, without a proper end."""
        self.fail(UpstreamUnreachable(f"{self.peer}: the connection was cut"))

    def cancel(self) -> None:
        """Nobody wants the rest: close the connection, unless the response is already whole."""
        self.fail(UpstreamUnreachable(f"{self.peer}: given up by the caller"))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- the reader ---

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def next_chunk(self) -> bytes | None:
        """The next bytes of the body as they came, or None at its end."""
        while not self.buffer:
            if self.failure is not None:
                raise self.failure
            if self.complete:
                return None
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            except asyncio.CancelledError:
                self.cancel()
                raise
        chunk = self.buffer.popleft()
        self.buffered -= len(chunk)
        if self._paused and self.buffered < _LOW_WATER:
            self._paused = False
            self._heard()
            self._wire.resume()
        return chunk
