"""A closed-loop HTTP/1.1 load generator: so many connections, each sends when it was answered.

Requests are bytes that were made before the round. Nothing is parsed but status and length: the
load must cost little, since it shares a core with the upstream.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

_LENGTH = b"\r\ncontent-length: "


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, whole."""

    status: int
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: bytes) -> bytes | None:
        start = self.head.find(b"\r\n" + name + b": ")
        if start < 0:
            return None
        return self.head[start + len(name) + 4 :].partition(b"\r\n")[0]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load saw. Latencies are in seconds, sorted."""

    seconds: float
    latencies: tuple[float, ...] = field(repr=False)
    failures: tuple[Answer, ...] = field(default=(), repr=False)

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(self.count - 1, int(self.count * share))]


class BadRound(RuntimeError):
    """A round in which something else was answered than what it measures."""


class _Connection(asyncio.Protocol):
    """Sends the next request when the last one was answered, until there is none."""

    def __init__(self, requests: Iterator[bytes], deadline: float) -> None:
        self._requests = requests
        self._deadline = deadline
        self._transport: asyncio.Transport | None = None
        self._sent_at = 0.0
        self._held = b""
        self.latencies: list[float] = []
        self.failures: list[Answer] = []
        self.answers: list[Answer] = []
        self.keeps_answers = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def start(self) -> None:
        self._next(time.perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(BadRound(f"the server closed the connection: {exc}"))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        data = self._held + data if self._held else data
        end = data.find(b"\r\n\r\n")
        place = data.find(_LENGTH, 0, end)
        if end < 0 or place < 0:
            self._held = data
            return
        place += len(_LENGTH)
        length = int(data[place : data.find(b"\r", place)])
        if len(data) < end + 4 + length:
            self._held = data
            return
        self._held = b""
        self.latencies.append(now - self._sent_at)
        if data[9:12] != b"200" or self.keeps_answers:
            answer = Answer(int(data[9:12]), data[:end], data[end + 4 :])
            (self.answers if self.keeps_answers else self.failures).append(answer)
        self._next(now)

    def _next(self, now: float) -> None:
        request = next(self._requests, None) if now < self._deadline else None
        if request is None or self._transport is None:
            if not self.done.done():
                self.done.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def run_round(
    port: int, requests: Iterator[bytes], connections: int, seconds: float
) -> Round:
    """One round: until the requests are used up, or the time is. Raises BadRound."""
    deadline = time.perf_counter() + seconds
    opened = [await _open(port, requests, deadline) for _ in range(connections)]
    started = time.perf_counter()
    for each in opened:
        each.start()
    try:
        await asyncio.gather(*(each.done for each in opened))
        ended = time.perf_counter()
    finally:
        for each in opened:
            each.close()
    failures = tuple(failure for each in opened for failure in each.failures)
    latencies = tuple(sorted(latency for each in opened for latency in each.latencies))
    if failures:
        first = failures[0]
        raise BadRound(f"{len(failures)} of {len(latencies)}: {first.status} {first.body[:400]!r}")
    return Round(ended - started, latencies)


async def ask(port: int, request: bytes, within: float = 10.0) -> Answer:
    """One request on a connection of its own, whatever its answer."""
    connection = await _open(port, iter((request,)), time.perf_counter() + within)
    connection.keeps_answers = True
    connection.start()
    try:
        async with asyncio.timeout(within):
            await connection.done
    finally:
        connection.close()
    return connection.answers[0]


async def _open(port: int, requests: Iterator[bytes], deadline: float) -> _Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(
        lambda: _Connection(requests, deadline), "127.0.0.1", port
    )
    return connection
