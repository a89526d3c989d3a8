"""One connection to an upstream: an asyncio protocol that carries one exchange at a time."""

import asyncio
from collections.abc import Callable
from typing import cast

from remit.outbound.errors import UpstreamUnreachable
from remit.outbound.exchange import Exchange
from remit.outbound.message import Limits, OutboundRequest


class Connection(asyncio.Protocol):
    """Holds the transport. `on_idle` and `on_closed` tell the pool what became of it."""

    __slots__ = (
        "_authority", "_exchange", "_loop", "_on_closed", "_on_idle", "_peer", "_transport",
        "idle_since", "is_closed",
    )  # fmt: skip

    def __init__(
        self,
        authority: bytes,
        peer: str,
        on_idle: Callable[["Connection"], None],
        on_closed: Callable[["Connection"], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._authority, self._peer, self._loop = authority, peer, loop
        self._on_idle, self._on_closed = on_idle, on_closed
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self.is_closed = False
        self.idle_since = 0.0

    def start(self, request: OutboundRequest, limits: Limits) -> Exchange:
        """Write the request, in the same step in which the connection was seen to be open."""
        transport = self._transport
        if transport is None or self.is_closed or transport.is_closing():
            self.abort()
            raise UpstreamUnreachable(f"{self._peer}: closed before anything was written")
        exchange = Exchange(self, request, limits, self._peer, self._loop)
        self._exchange = exchange
        head = request.head(self._authority)
        if len(request.body) < 16 * 1024:
            transport.write(head + request.body)
        else:
            transport.write(head)
            transport.write(request.body)
        return exchange

    def is_usable(self) -> bool:
        """Whether nothing is known against writing a request now."""
        transport = self._transport
        return not self.is_closed and transport is not None and not transport.is_closing()

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the interface of asyncio.Transport, but not the class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:
            # An answer to nothing: whatever it is, no later request may be given it.
            self.abort()
            return
        self._exchange.feed(data)

    def eof_received(self) -> bool:
        exchange, self._exchange = self._exchange, None
        self._mark_closed()
        if exchange is not None:
            exchange.end_of_stream()
        return False  # the transport closes itself

    def connection_lost(self, exc: Exception | None) -> None:
        # The transport is gone, and asyncio's breaks if it is told to abort now.
        self._transport = None
        # Without an end of stream before it, this is a reset: no body is complete because of it.
        self.abort()

    def _mark_closed(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._on_closed(self)

    # --- Wire ---

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self.is_closed:
            self._transport.resume_reading()

    def finished(self, *, reusable: bool) -> None:
        self._exchange = None
        transport = self._transport
        unsent = transport is None or transport.get_write_buffer_size() > 0
        if self.is_closed or not reusable or unsent:
            # An answer before the request was out whole: the rest would be read as a new request.
            self.abort()
            return
        self.idle_since = self._loop.time()
        self._on_idle(self)

    def abort(self) -> None:
        exchange, self._exchange = self._exchange, None
        self._mark_closed()
        if self._transport is not None:
            self._transport.abort()
        if exchange is not None:
            exchange.cut()
