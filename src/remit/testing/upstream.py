"""An HTTP upstream on the loopback that says what a test tells it to, byte for byte.

It is a real server on a real socket, so that framing, cutting and closing are real as well.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

from remit.outbound.message import Header

_REASON = b"Fake"
_MAX_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as it came in. Header names are in lower case."""

    method: str
    target: str
    headers: tuple[Header, ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one value of a header, or None; two of them are an error of the sender's."""
        values = [value for key, value in self.headers if key == name.encode()]
        if len(values) > 1:
            raise ValueError(f"{name} was sent {len(values)} times")
        return values[0].decode("latin-1") if values else None


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """An answer: with a length if `body` is bytes, else in chunks as they are yielded."""

    status: int = 200
    headers: tuple[Header, ...] = ((b"content-type", b"application/json"),)
    body: bytes | AsyncIterator[bytes] = b""


Answering: TypeAlias = Callable[[ReceivedRequest], FakeAnswer]


@dataclass(slots=True)
class FakeUpstream:
    """Answers each request with what `answering` says, and remembers it in `requests`.

    `hung_up` counts the connections that were closed before their answer was whole.
    """

    answering: Answering
    requests: list[ReceivedRequest] = field(default_factory=list)
    hung_up: int = 0
    _server: asyncio.Server | None = None
    _connections: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        if self._server is None:
            raise RuntimeError("it listens only inside `async with`")
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=16 * 1024 * 1024
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._connections):
                writer.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while (request := await _receive(reader)) is not None:
                self.requests.append(request)
                await self._answer(self.answering(request), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up += 1
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(
        self, answer: FakeAnswer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = b"HTTP/1.1 %d %s\r\n" % (answer.status, _REASON)
        head += b"".join(b"%s: %s\r\n" % header for header in answer.headers)
        if isinstance(answer.body, bytes):
            writer.write(head + b"Content-Length: %d\r\n\r\n" % len(answer.body) + answer.body)
            await writer.drain()
            return
        writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
        async for piece in _until_gone(answer.body, reader):
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> ReceivedRequest | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    line, *fields = head[:-4].split(b"\r\n")
    method, target, _ = line.decode("latin-1").split(" ")
    headers = tuple(_split(each) for each in fields)
    length = next((int(value) for name, value in headers if name == b"content-length"), 0)
    body = await reader.readexactly(length)
    return ReceivedRequest(method, target, headers, body)


def _split(line: bytes) -> Header:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip()


async def _until_gone(
    pieces: AsyncIterator[bytes], reader: asyncio.StreamReader
) -> AsyncIterator[bytes]:
    """The pieces, until the other side closes; a request sent meanwhile is against the rules."""
    loop = asyncio.get_running_loop()
    gone = loop.create_task(reader.read(1))
    try:
        while True:
            piece = loop.create_task(_next(pieces))
            await asyncio.wait({gone, piece}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                piece.cancel()
                raise ConnectionResetError("the other side closed")
            found = piece.result()
            if found is None:
                return
            yield found
    finally:
        gone.cancel()


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    return await anext(pieces, None)


async def in_pieces(*pieces: bytes, gap_seconds: float = 0.0) -> AsyncIterator[bytes]:
    """A body that comes in these pieces, with a pause after each."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(gap_seconds)


async def and_then_silence(*pieces: bytes) -> AsyncIterator[bytes]:
    """A body that begins so, and never ends."""
    for piece in pieces:
        yield piece
    await asyncio.Event().wait()


def events(messages: Sequence[bytes]) -> tuple[bytes, ...]:
    """Each message as one server-sent event."""
    return tuple(b"event: message\ndata: " + message + b"\n\n" for message in messages)


EVENT_STREAM: tuple[Header, ...] = ((b"content-type", b"text/event-stream"),)
