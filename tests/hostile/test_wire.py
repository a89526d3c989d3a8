"""Attacks on the bytes between a caller and the listener: what nobody may hold, smuggle or hide."""

import asyncio
import contextlib
import io
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import structlog

from remit.jose.keys import SigningKey
from remit.telemetry.logs import Log, configure
from remit.web.asgi import Receive, RouteApp, Scope, Send
from remit.web.http import Request, Response, Route, RouteTable
from remit.web.listener import Listener
from remit.web.protocol import Bounds
from tests.site import Site, call_body

CALL = (
    ("host", "x"),
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
    ("mcp-protocol-version", "2026-07-28"),
    ("mcp-method", "tools/call"),
    ("mcp-name", "read_note"),
)
BOUNDS = Bounds(header_bytes=4096, header_count=40, request_seconds=0.3, connections=8)


def on_a_site(tmp_path: Path, tale: Callable[[Site], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with Site(tmp_path / "home") as site:
            await tale(site)

    asyncio.run(whole())


async def exchange(port: int, sent: bytes, *, within: float = 2.0) -> bytes:
    """What comes back for these bytes, until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), within)
    finally:
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def signed_headers(site: Site) -> tuple[bytes, bytes]:
    """The Authorization and DPoP fields of one good call."""
    proofs = site.proofs(SigningKey.generate())
    held = await site.obtain_token(proofs)
    challenged = await site.call_once(proofs, held, "read_note", {"id": 1}, None)
    proof = proofs.make("POST", site.notes, challenged.headers["dpop-nonce"], held)
    return b"authorization: DPoP " + held.open().encode(), b"dpop: " + proof.encode()


def head_of(*more: bytes, path: bytes = b"/tools/notes") -> bytes:
    fields = [f"{name}: {value}".encode() for name, value in CALL]
    return b"\r\n".join([b"POST %s HTTP/1.1" % path, *fields, *more, b"", b""])


def chunked(body: bytes, *trailers: bytes) -> bytes:
    return b"\r\n".join([b"%x" % len(body), body, b"0", *trailers, b"", b""])


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def refusals(site: Site) -> dict[str, int]:
    """All that was counted of strangers, once the server has written it."""
    await site.stop()
    await site.start()
    answer = await site.administer("/v1/audit/tail", count=100, type="refusals.aggregated")
    counted: dict[str, int] = {}
    for record in answer.json:
        for kind, count in record["refusals"].items():
            counted[kind] = counted.get(kind, 0) + count
    return counted


def test_credentials_in_trailers_are_not_looked_at(tmp_path: Path) -> None:
    """A front proxy that checks or strips headers never looks into a trailer section."""

    async def tale(site: Site) -> None:
        authorization, proof = await signed_headers(site)
        framed = head_of(b"transfer-encoding: chunked", b"connection: close")
        body = chunked(call_body("read_note", {"id": 1}), authorization, proof, b"x: y")
        assert status_of(await exchange(site.port, framed + body)) == 401
        assert site.mcp.called == []

    on_a_site(tmp_path, tale)


def test_a_trailer_is_no_second_header(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        authorization, proof = await signed_headers(site)
        framed = head_of(b"transfer-encoding: chunked", b"connection: close", authorization, proof)
        body = chunked(
            call_body("read_note", {"id": 1}), b"mcp-name: purge_notes", b"host: elsewhere", b"x: y"
        )
        assert status_of(await exchange(site.port, framed + body)) == 200

    on_a_site(tmp_path, tale)


@pytest.mark.parametrize("sent", [b"", b"{"])
def test_a_call_that_breaks_off_before_its_body_does_nothing(tmp_path: Path, sent: bytes) -> None:
    """Whoever cuts the line after the headers must not turn a call into one without arguments."""

    async def tale(site: Site) -> None:
        authorization, proof = await signed_headers(site)
        before = await site.administer("/v1/audit/tail", count=100)
        framed = head_of(b"content-length: 100", authorization, proof)
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        writer.write(framed + sent)
        await writer.drain()
        await asyncio.sleep(0.05)
        await hang_up(writer)
        await asyncio.sleep(0.05)
        assert await reader.read() == b""
        assert site.mcp.called == []
        after = await site.administer("/v1/audit/tail", count=100)
        assert [record["event"] for record in after.json] == [
            record["event"] for record in before.json
        ]

    on_a_site(tmp_path, tale)


def test_a_request_whose_framing_breaks_reaches_no_handler(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        for framing in (b"transfer-encoding: xchunked", b"content-length: +0"):
            sent = b"POST /token HTTP/1.1\r\nhost: x\r\n" + framing + b"\r\n\r\n"
            assert status_of(await exchange(site.port, sent)) == 400
        assert not [kind for kind in await refusals(site) if kind.startswith("token")]

    on_a_site(tmp_path, tale)


TARGETS = (
    b"/jwks",  # HTTP/0.9, which has no version and no headers
    b"/jwks HTTP/0.9",
    b"/jwks#f HTTP/1.1",
    b"/jwk%73 HTTP/1.1",
    b"/tools/../jwks HTTP/1.1",
    b"//jwks HTTP/1.1",
    b"/jwks/ HTTP/1.1",
    b"/JWKS HTTP/1.1",
    b"/jwks;x HTTP/1.1",
    b"/\xff HTTP/1.1",
    b"/a\x00b HTTP/1.1",
    b"* HTTP/1.1",
    b"/.well-known/oauth-protected-resource/tools%2Fnotes HTTP/1.1",
)


def test_a_target_has_one_spelling(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        for target in TARGETS:
            sent = b"GET " + target + b"\r\nhost: x\r\nconnection: close\r\n\r\n"
            assert status_of(await exchange(site.port, sent)) in (400, 404), target

    on_a_site(tmp_path, tale)


def test_refusals_before_any_handler_are_counted(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        close = b"host: x\r\nconnection: close\r\n"
        await exchange(site.port, b"GARBAGE\r\n\r\n")
        await exchange(site.port, b"GET /nowhere HTTP/1.1\r\n" + close + b"\r\n")
        await exchange(site.port, b"GET /token HTTP/1.1\r\n" + close + b"\r\n")
        size = b"content-length: 100000\r\n\r\n"
        await exchange(site.port, b"POST /token HTTP/1.1\r\n" + close + size + b"a" * 100_000)
        counted = await refusals(site)
        assert counted["public bad_request"] == 1
        assert counted["public not_found"] == 1
        assert counted["public method_not_allowed"] == 1
        assert counted["public limit_exceeded"] == 1

    on_a_site(tmp_path, tale)


# --- what nobody may hold ------------------------------------------------------------------


def serve(
    talk: Callable[[int], Awaitable[None]], *, bounds: Bounds = BOUNDS, answer: bytes = b"hi"
) -> None:
    async def handle(request: Request) -> Response:
        return Response(200, (), answer)

    async def run() -> None:
        app = RouteApp(RouteTable((Route("GET", "/", handle),)), Log())
        listener = Listener(("127.0.0.1", 0), app, bounds)
        await listener.start()
        try:
            await talk(listener.port)
        finally:
            await listener.close(within_seconds=0.1)

    asyncio.run(run())


def test_a_line_break_after_a_request_holds_no_connection() -> None:
    """One byte would otherwise end the wait for the next request, without beginning one."""

    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await asyncio.wait_for(reader.readuntil(b"hi"), 1)
        writer.write(b"\r\n")
        assert await asyncio.wait_for(reader.read(), 2)
        await hang_up(writer)

    serve(talk)


def test_a_caller_that_reads_nothing_holds_no_connection() -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        await asyncio.sleep(1.0)
        received = b""
        with contextlib.suppress(ConnectionError):
            received = await asyncio.wait_for(reader.read(), 2)
        assert len(received) < len(large)
        await hang_up(writer)

    large = b"x" * (32 << 20)
    bounds = Bounds(4096, 40, 0.3, 8, stalled_seconds=0.3)
    serve(talk, bounds=bounds, answer=large)


def test_an_abandoned_upload_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def upload(request: Request) -> Response:
        return Response(200, (), request.body)

    async def run() -> None:
        app = RouteApp(RouteTable((Route("POST", "/", upload, 1000),)), Log())
        listener = Listener(("127.0.0.1", 0), app, BOUNDS)
        await listener.start()
        for begun in (b"", b"abc"):
            _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n" + begun)
            await asyncio.sleep(0.05)
            await hang_up(writer)
        await asyncio.sleep(0.05)
        await listener.close(within_seconds=1)

    asyncio.run(run())
    assert caplog.records == []


def test_an_upgrade_that_is_not_offered_is_a_plain_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def talk(port: int) -> None:
        upgrade = b"connection: close, upgrade\r\nupgrade: websocket\r\n"
        sent = b"GET / HTTP/1.1\r\nhost: x\r\n" + upgrade + b"\r\n"
        answer = await exchange(port, sent)
        assert status_of(answer) == 200

    serve(talk)
    assert caplog.records == []


class Broken:
    """Decisions that fail as no decision may."""

    def __getattr__(self, name: str) -> object:
        raise ZeroDivisionError("the secret of the fault")


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the process logs, as it does when it serves; afterwards all is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure(json=True, stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def test_a_fault_of_ours_shows_nothing_and_says_so_in_the_log(
    tmp_path: Path, log_lines: io.StringIO
) -> None:
    """Should a check ever raise what no check may, the caller learns nothing of it."""

    async def tale(site: Site) -> None:
        site.parts.proxy.tool_proxy._decisions = Broken()
        answer = await exchange(
            site.port, head_of(b"content-length: 2", b"connection: close") + b"{}"
        )
        assert status_of(answer) == 500
        assert b"application/problem+json" in answer
        assert b"secret" not in answer

    on_a_site(tmp_path, tale)
    assert "ZeroDivisionError" in log_lines.getvalue()
    assert "the secret" not in log_lines.getvalue()


def test_a_listener_does_not_wait_for_handshakes_for_ever() -> None:
    """Connections that never say hello are not counted yet, so they must be short."""

    async def run() -> None:
        # Nobody gets as far as the certificate.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        listener = Listener(("127.0.0.1", 0), nothing, BOUNDS, context)
        await listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        assert await asyncio.wait_for(reader.read(), 3) == b""
        await hang_up(writer)
        await listener.close(within_seconds=0.1)

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""

    asyncio.run(run())
