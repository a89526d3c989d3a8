"""The exchange without a network: a wire that records, and bytes cut in every place."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.outbound.errors import UpstreamFailure, UpstreamProtocolError, UpstreamTooLarge
from remit.outbound.exchange import Exchange
from remit.outbound.message import Limits, OutboundRequest

HEAD = b"HTTP/1.1 200 OK\r\n"


class RecordingWire:
    def __init__(self):
        self.paused = self.aborted = False
        self.reusable = None

    def pause(self):
        self.paused = True

    def resume(self):
        self.paused = False

    def finished(self, *, reusable):
        self.reusable = reusable

    def abort(self):
        self.aborted = True


def exchange_over(pieces, *, method=b"GET", limits=None, end=False, takes_encoded=False):
    """Feed the pieces, then read all: (status, headers, body, wire), or the failure raised."""

    async def story():
        wire = RecordingWire()
        request = OutboundRequest(method, b"/", takes_encoded=takes_encoded)
        exchange = Exchange(
            wire, request, limits or Limits(), "http://a.example", asyncio.get_running_loop()
        )
        for piece in pieces:
            if exchange.failure is None and wire.reusable is None:
                exchange.feed(piece)
        if end:
            exchange.end_of_stream()
        try:
            if exchange.failure is not None:
                raise exchange.failure
            assert exchange.head.done(), "the head never came"
            body = b""
            while (chunk := await exchange.next_chunk()) is not None:
                body += chunk
            return exchange.status, tuple(exchange.headers), body, wire
        finally:
            exchange.cancel()

    return asyncio.run(story())


WHOLE = [
    (HEAD + b"Content-Length: 5\r\nX-A:\r\n\r\nhello", b"hello", True),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nT: v\r\n\r\n",
     b"hello", True),
    (HEAD + b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", b"", True),
    (HEAD + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello", b"hello", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", False),
    (b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + HEAD + b"Content-Length: 1\r\n\r\na",
     b"a", True),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n", b"", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", b"", True),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "body", "reusable"), WHOLE)
def test_a_response_is_the_same_wherever_it_is_cut(raw, body, reusable):
    whole = exchange_over([raw])
    assert whole[2] == body
    assert whole[3].reusable is reusable
    for cut in range(1, len(raw)):
        pieces = exchange_over([raw[:cut], raw[cut:]])
        assert pieces[:3] == whole[:3]
    by_byte = exchange_over([raw[at : at + 1] for at in range(len(raw))])
    assert by_byte[:3] == whole[:3]
    assert by_byte[3].reusable is reusable


def test_interim_headers_and_trailers_never_reach_the_final_response():
    raw, _, _ = WHOLE[5]
    assert exchange_over([raw])[1] == ((b"content-length", b"1"),)
    raw, _, _ = WHOLE[1]
    assert exchange_over([raw])[1] == ((b"transfer-encoding", b"chunked"),)


HOSTILE = [
    HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    HEAD + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    HEAD + b"Content-Length: 3, 3\r\n\r\nabc",
    HEAD + b"Content-Length: +3\r\n\r\nabc",
    HEAD + b"Content-Length: -1\r\n\r\nabc",
    HEAD + b"Content-Length: 0x3\r\n\r\nabc",
    HEAD + b"Content-Length:\r\n\r\n",
    HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
    HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: identity\r\n\r\nabc",
    HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n",
    HEAD + b"X-A: a\r\n folded\r\nContent-Length: 0\r\n\r\n",
    HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n",
    HEAD + b"X-A: a\rX-B: c\r\nContent-Length: 0\r\n\r\n",
    HEAD + b"X-A: a\nX-B: c\r\nContent-Length: 0\r\n\r\n",
    HEAD + b"X-A : a\r\nContent-Length: 0\r\n\r\n",
    HEAD + b" X-A: a\r\nContent-Length: 0\r\n\r\n",
    HEAD + b": a\r\nContent-Length: 0\r\n\r\n",
    HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    HEAD + b"Content-Encoding: br\r\n\r\nabc",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\nabc",
    b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"ICE/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.9\r\n",
    b"\x15\x03\x01\x00\x02\x02",
    b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9 + HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"Content-Length: 5\r\n\r\nhel",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE)
def test_a_response_that_two_readers_could_cut_differently_is_refused(raw):
    for pieces in ([raw], [raw[at : at + 1] for at in range(len(raw))]):
        with pytest.raises((UpstreamProtocolError, UpstreamTooLarge)) as refused:
            exchange_over(pieces, end=True)
        assert refused.value.may_have_effect


def test_an_encoded_body_passes_for_a_caller_that_understands_it():
    raw = HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    assert exchange_over([raw], takes_encoded=True)[2] == b"abc"


def test_bytes_after_the_response_are_not_given_to_anybody_and_end_the_connection():
    raw = HEAD + b"Content-Length: 1\r\n\r\na" + HEAD + b"Content-Length: 1\r\n\r\nb"
    _, _, body, wire = exchange_over([raw])
    assert body == b"a"
    assert wire.reusable is False
    _, _, body, wire = exchange_over([HEAD + b"Content-Length: 1\r\n\r\nagarbage"])
    assert (body, wire.reusable) == (b"a", False)


def test_a_body_without_a_length_ends_with_the_connection():
    status, _, body, wire = exchange_over([HEAD + b"\r\nab", b"c"], end=True)
    assert (status, body, wire.reusable) == (200, b"abc", False)


def test_the_answer_to_a_head_has_no_body_whatever_it_says():
    raw = HEAD + b"Content-Length: 9999999999999\r\n\r\n"
    status, _, body, wire = exchange_over([raw], method=b"HEAD")
    assert (status, body, wire.reusable) == (200, b"", False)
    assert exchange_over([raw + b"smuggled"], method=b"HEAD")[2] == b""


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"X-A: " + b"a" * 5000,
        HEAD + b"X: y\r\n" * 1000,
        HEAD + b"X: y\r\n" * 1000 + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nT: " + b"x" * 5000,
        HEAD + b"Content-Length: 5000\r\n\r\n",
        HEAD + b"\r\n" + b"x" * 5000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1388\r\n" + b"x" * 5000,
    ],
)
def test_nothing_grows_without_bound(raw):
    limits = Limits(max_header_bytes=2000, max_body_bytes=3000)
    for size in (1, 700, len(raw)):
        pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
        with pytest.raises(UpstreamTooLarge):
            exchange_over(pieces, limits=limits)


def test_a_slow_reader_holds_the_upstream_back():
    async def story():
        wire = RecordingWire()
        loop = asyncio.get_running_loop()
        exchange = Exchange(wire, OutboundRequest(b"GET", b"/"), Limits(), "a", loop)
        exchange.feed(HEAD + b"\r\n")
        for _ in range(5):
            exchange.feed(b"x" * 16 * 1024)
        assert wire.paused
        while exchange.buffer:
            await exchange.next_chunk()
        assert not wire.paused
        exchange.cancel()
        assert wire.aborted

    asyncio.run(story())


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.sampled_from(HOSTILE), max_size=6))
def test_no_bytes_raise_anything_but_an_upstream_failure(pieces):
    with suppress(UpstreamFailure):
        exchange_over([HEAD, *pieces], end=True)
