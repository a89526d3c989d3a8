"""A loopback server that speaks raw bytes: each connection is handed to a script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from remit.outbound.addresses import Reach
from remit.outbound.destination import Destination
from remit.outbound.message import Limits

Script = Callable[["Peer"], Awaitable[None]]
LOCAL = Reach(private=True)
QUICK = Limits(connect_in=2, first_byte_in=2, idle_in=2, total_in=5)


@dataclass
class Peer:
    """The server's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int

    async def request(self) -> bytes:
        """One whole request, as it came."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return head + await self.reader.readexactly(length)

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()


@dataclass
class Upstream:
    """What the server saw."""

    destination: Destination
    peers: list[Peer] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def upstream(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Upstream]:
    """Run `script` for every connection; `gone` is set when a client hangs up."""
    state: Upstream | None = None

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if state is None:
            return
        peer = Peer(reader, writer, len(state.peers))
        state.peers.append(peer)
        try:
            await script(peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            state.gone.set()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    scheme = "http" if tls is None else "https"
    state = Upstream(Destination(scheme, "127.0.0.1", port, reach=LOCAL))
    try:
        yield state
    finally:
        server.close()
        for peer in state.peers:
            connected = peer.writer.get_extra_info("socket")
            if connected is not None and connected.fileno() != -1:
                peer.writer.transport.abort()
        await asyncio.sleep(0)


def answering(*answers: bytes) -> Script:
    """A script that answers each request on a connection in turn, the last one over and over."""

    async def script(peer: Peer) -> None:
        count = 0
        while True:
            await peer.request()
            await peer.send(answers[min(count, len(answers) - 1)])
            count += 1

    return script


def ok(body: bytes = b"hello", *headers: bytes) -> bytes:
    """A 200 with a length."""
    lines = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
