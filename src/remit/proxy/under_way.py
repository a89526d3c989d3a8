"""One call between its sending and its end: a stop, the time, or the caller's going may cut it.

`cut` is what a stop calls; it takes effect on the very await that the call is in, or before its
next one, and closes the upstream's connection at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from remit.outbound.errors import UpstreamTimeout
from remit.proxy.errors import CallCut
from remit.signals.clearance import Stopped

Waited = TypeVar("Waited")


class UnderWay:
    """The state of one call. `check` raises where its clearance no longer holds."""

    __slots__ = ("_check", "_close", "_deadline", "_is_cut", "_loop", "_scope")

    def __init__(self, check: Callable[[], object], timeout_in: float) -> None:
        self._check = check
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + timeout_in
        self._scope: asyncio.Timeout | None = None
        self._close: Callable[[], None] | None = None
        self._is_cut = False

    def answered(self, close: Callable[[], None]) -> None:
        """There is an answer now, which a cut must `close`."""
        self._close = close

    def extend(self, timeout_in: float) -> None:
        """Give the call so many seconds from now: it has become a stream."""
        self._deadline = self._loop.time() + timeout_in

    def cut(self) -> None:
        """End the call now. It is told CallCut where it waits; after its end this is nothing."""
        self._is_cut = True
        if self._scope is not None:
            self._scope.reschedule(self._loop.time())
        elif self._close is not None:
            # Its reader is slow, and learns of it when it comes back; the upstream at once.
            self._close()

    def check(self) -> None:
        """Raises Stopped where something on the path was stopped since; CallCut once answered.

        Before its sending a stopped call is refused, and its caller may come back with a new token.
        After it the call may have had an effect, and nothing may invite anybody to send it again.
        """
        if self._is_cut:
            raise CallCut("a stop on the call's path")
        try:
            self._check()
        except Stopped as stopped:
            if self._close is None:
                raise
            raise CallCut(stopped.detail) from stopped

    async def wait(self, awaitable: Awaitable[Waited]) -> Waited:
        """Wait for the upstream, no longer than the call may live."""
        try:
            async with asyncio.timeout_at(self._deadline) as self._scope:
                if self._is_cut:
                    self._scope.reschedule(self._loop.time())
                return await awaitable
        except TimeoutError:
            if self._is_cut:
                raise CallCut("a stop on the call's path") from None
            raise UpstreamTimeout("the call took too long", may_have_effect=True) from None
        finally:
            self._scope = None
