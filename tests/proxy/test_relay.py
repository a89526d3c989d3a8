"""A stream ends exactly once, however it ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from remit.audit.journal import Receipt
from remit.identity.tools import RiskTier
from remit.kernel.errors import RemitError
from remit.kernel.ids import EventId
from remit.mcp.errors import ReplyInvalid
from remit.outbound.errors import UpstreamTimeout
from remit.proxy.outcome import Outcome
from remit.proxy.relay import RelayedStream
from remit.proxy.under_way import UnderWay
from remit.signals.clearance import EpochPassed
from tests.proxy.test_intent import a_permit
from tests.proxy.world import World, world


class Response:
    """A response whose pieces the test gives, or whose error."""

    status = 200

    def __init__(self, *pieces: bytes | RemitError) -> None:
        self.pieces = pieces

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, RemitError):
                raise piece
            yield piece


class Upper:
    """Upper case; `!` is the end, `?` is refused, and `.` says nothing."""

    def __init__(self) -> None:
        self.is_whole = False
        self.is_error = False

    def feed(self, piece: bytes) -> bytes:
        if piece == b"?":
            raise ReplyInvalid("?")
        self.is_whole = piece == b"!"
        return b"" if piece == b"." else piece.upper()

    def end(self) -> bytes:
        return b"<end>"

    def fail(self, error: RemitError) -> bytes:
        return f"<{error.error}>".encode()


def relayed(test: Any, *pieces: bytes | RemitError) -> None:
    async def within() -> None:
        async with world() as w:
            permit, _ = a_permit(w, RiskTier.READ)
            receipt = Receipt(EventId("evt_0"), w.journal.log, None, durable=False)
            outcome = Outcome(w.journal, w.clock, permit.request, receipt)
            left: list[int] = []
            outcome.leaving(lambda: left.append(1))
            checks: list[Any] = []

            def check() -> None:
                for failing in checks:
                    failing()

            under_way = UnderWay(check, 1.0)
            stream = RelayedStream(Response(*pieces), Upper(), under_way, outcome)  # type: ignore[arg-type]
            await test(w, stream, checks)
            assert left == [1]

    asyncio.run(within())


def test_pieces_leave_as_they_come_and_the_end_is_recorded() -> None:
    async def test(w: World, stream: RelayedStream, _: Any) -> None:
        assert [piece async for piece in stream] == [b"A", b"B", b"<end>"]
        assert w.journal.find("call.completed").reply_bytes == 7
        await stream.aclose()
        assert [piece async for piece in stream] == []
        assert len(w.journal.records) == 1

    relayed(test, b"a", b".", b"b")


def test_after_what_makes_it_whole_nothing_is_read() -> None:
    async def test(w: World, stream: RelayedStream, _: Any) -> None:
        assert [piece async for piece in stream] == [b"A", b"!"]
        assert w.journal.tags() == ["call.completed"]

    relayed(test, b"a", b"!", b"?")


@pytest.mark.parametrize(
    ("last", "error"),
    [(b"?", b"<upstream_reply_invalid>"), (UpstreamTimeout("slow"), b"<upstream_timeout>")],
)
def test_what_fails_in_the_middle_says_so_last(last: bytes | RemitError, error: bytes) -> None:
    async def test(w: World, stream: RelayedStream, _: Any) -> None:
        assert [piece async for piece in stream] == [b"A", error]
        assert w.journal.find("call.cut").released_bytes == 1

    relayed(test, b"a", last)


def test_a_clearance_that_ended_ends_the_stream_before_the_next_piece() -> None:
    async def test(w: World, stream: RelayedStream, checks: Any) -> None:
        assert await anext(stream) == b"A"

        def passed() -> None:
            raise EpochPassed("moved")

        checks.append(passed)
        assert [piece async for piece in stream] == [b"<access_denied>"]

    relayed(test, b"a", b"secret", b"b")


def test_who_never_reads_leaves_an_outcome_too() -> None:
    async def test(w: World, stream: RelayedStream, _: Any) -> None:
        await stream.aclose()
        await stream.aclose()
        assert w.journal.tags() == ["call.cut"]

    relayed(test, b"a")


def test_a_log_that_is_full_ends_the_stream_with_an_error() -> None:
    async def test(w: World, stream: RelayedStream, _: Any) -> None:
        assert await anext(stream) == b"A"
        w.journal.is_full = True
        assert [piece async for piece in stream] == [b"<temporarily_unavailable>"]

    relayed(test, b"a", b"!")


def test_a_reader_that_is_cancelled_is_gone() -> None:
    async def test(w: World, stream: RelayedStream, _: Any) -> None:
        async def endless() -> AsyncIterator[bytes]:
            await asyncio.Event().wait()
            yield b""

        stream._pieces = endless()
        task = asyncio.get_running_loop().create_task(anext(stream))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert w.journal.find("call.cut").error == "caller_gone"

    relayed(test)
