"""The answer as its reader sees it: a status, headers, and a body that arrives as it arrives."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from remit.outbound.errors import UpstreamTooLarge
from remit.outbound.exchange import Exchange
from remit.outbound.message import Header, find_header


class OutboundResponse:
    """A response whose head has come. Close it, or read it to its end; forgetting it closes it.

    Header names are in lower case; values are as they came.
    """

    __slots__ = ("_exchange", "headers", "status")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.status = exchange.status
        self.headers: tuple[Header, ...] = tuple(exchange.headers)

    @property
    def is_stream(self) -> bool:
        """Whether the body is a stream of server-sent events."""
        declared = find_header(self.headers, b"content-type") or b""
        return declared.partition(b";")[0].strip().lower() == b"text/event-stream"

    @property
    def is_complete(self) -> bool:
        """Whether the whole body has come from the upstream (read or not)."""
        return self._exchange.complete

    def header(self, name: bytes) -> bytes | None:
        """The value of the header called `name` (lower case), or None."""
        return find_header(self.headers, name)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in the pieces in which it came; the upstream waits while the reader does."""
        while (chunk := await self._exchange.next_chunk()) is not None:
            yield chunk

    async def read(self, max_bytes: int) -> bytes:
        """The whole body, if it is at most `max_bytes` long."""
        exchange = self._exchange
        if exchange.complete and len(exchange.buffer) == 1 and exchange.buffered <= max_bytes:
            exchange.buffered = 0
            return exchange.buffer.popleft()
        parts: list[bytes] = []
        size = 0
        while (chunk := await exchange.next_chunk()) is not None:
            size += len(chunk)
            if size > max_bytes:
                await self.aclose()
                raise UpstreamTooLarge(
                    f"{exchange.peer}: body beyond the limit", may_have_effect=True
                )
            parts.append(chunk)
        return b"".join(parts)

    async def aclose(self) -> None:
        """Give up the rest. The connection is closed unless the response had come whole."""
        self.close()

    def close(self) -> None:
        """As `aclose`, for whoever must not wait: a stop that cuts a call, say."""
        self._exchange.cancel()
        self._exchange.buffer.clear()
        self._exchange.buffered = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        # A reader that broke off without closing must not hold the upstream open.
        self._exchange.cancel()
