"""A streamed reply on its way to the caller: unbuffered, checked at each piece, ended exactly once.

What a piece becomes is a Translation's affair (sans-I/O, tested as a script). However the stream
ends (whole, cut by a stop, failed, given up by the caller), its outcome is recorded, and with it
the upstream is closed and all that the call held is given back.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol, Self

from remit.kernel.errors import RemitError
from remit.outbound.response import OutboundResponse
from remit.proxy.outcome import Outcome
from remit.proxy.under_way import UnderWay


class Translation(Protocol):
    """One reply, from the upstream's bytes to the caller's."""

    @property
    def is_whole(self) -> bool:
        """Whether all that belongs to the reply has come; the rest is not read."""
        ...

    @property
    def is_error(self) -> bool:
        """Whether the tool itself reported failure."""
        ...

    def feed(self, piece: bytes) -> bytes:
        """What may leave now. Raises a RemitError where nothing more may."""
        ...

    def end(self) -> bytes:
        """The last bytes, when the upstream has ended its answer."""
        ...

    def fail(self, error: RemitError) -> bytes:
        """A last event that tells the caller of the error; empty where the form has none."""
        ...


class RelayedStream:
    """The body of a streamed reply (a ReleasedStream)."""

    def __init__(
        self,
        response: OutboundResponse,
        translation: Translation,
        under_way: UnderWay,
        outcome: Outcome,
    ) -> None:
        self._status = response.status
        self._pieces: AsyncIterator[bytes] = response.chunks()
        self._translation = translation
        self._under_way = under_way
        self._outcome = outcome
        self._is_ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._is_ended:
            raise StopAsyncIteration
        try:
            released = await self._next()
        except RemitError as error:
            released = self._break_off(error)
        except asyncio.CancelledError:
            await self.aclose()
            raise
        if not released:
            raise StopAsyncIteration
        return released

    async def aclose(self) -> None:
        """The caller has gone, or has all: nothing goes on without it."""
        if not self._is_ended:
            self._is_ended = True
            self._outcome.cut("caller_gone", "the caller closed the stream")

    async def _next(self) -> bytes:
        while True:
            piece = await self._under_way.wait(anext(self._pieces, None))
            # Law 5: an open stream meets the same stops as a new call, at each of its events.
            self._under_way.check()
            released = self._translation.end() if piece is None else self._translation.feed(piece)
            self._outcome.releasing(released, is_error=self._translation.is_error)
            if piece is None or self._translation.is_whole:
                self._outcome.completed(self._status)
                self._is_ended = True
                return released
            if released:
                return released

    def _break_off(self, error: RemitError) -> bytes:
        self._is_ended = True
        error.event = self._outcome.cut(error.error, error.detail)
        return self._translation.fail(error)
