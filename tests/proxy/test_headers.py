"""Headers are written anew, both ways."""

import pytest

from remit.mcp.errors import ReplyInvalid
from remit.outbound.message import Header
from remit.proxy.headers import (
    is_json,
    media_type_of,
    regenerate_media_type,
    reply_headers,
    trace_headers,
)
from remit.proxy.messages import BufferedBody, IncomingCall
from remit.testing.entropy import FakeEntropy

TRACE = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"


def traced(*values: bytes) -> Header:
    headers = tuple((b"traceparent", value) for value in values)
    incoming = IncomingCall("POST", b"/", b"", headers, BufferedBody(b""), "peer")
    [header] = trace_headers(incoming, FakeEntropy())
    return header


def test_a_call_goes_up_as_a_span_of_ours_in_its_trace() -> None:
    name, value = traced(TRACE)
    assert name == b"traceparent"
    assert value.startswith(b"00-" + b"a" * 32)
    assert b"b" * 16 not in value


@pytest.mark.parametrize("values", [(), (b"garbage",), (TRACE, TRACE), (TRACE + b"\r\nx: y",)])
def test_without_one_good_trace_a_new_one_begins(values: tuple[bytes, ...]) -> None:
    assert b"a" * 32 not in traced(*values)[1]


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        (None, b"application/octet-stream"),
        (b"application/json", b"application/json"),
        (b"Text/HTML; Charset=UTF-8", b"text/html; charset=utf-8"),
        (b'text/plain;charset="utf-8"', b"text/plain; charset=utf-8"),
    ],
)
def test_a_media_type_is_written_from_its_parts(stated: bytes | None, told: bytes) -> None:
    assert regenerate_media_type(stated) == told


@pytest.mark.parametrize(
    "stated", [b"", b"json", b"a/b; x=y", b"a/b, c/d", b"a/b\r\nx: y", b"a/b; charset=" + b"x" * 40]
)
def test_what_is_no_plain_media_type_is_withheld(stated: bytes) -> None:
    with pytest.raises(ReplyInvalid):
        regenerate_media_type(stated)


def test_only_json_in_utf_8_is_json() -> None:
    assert is_json(b"application/json")
    assert is_json(b"Application/JSON; charset=utf-8")
    for stated in (
        None,
        b"",
        b"text/json",
        b"application/json; charset=utf-16",
        b"application/jsonp",
    ):
        assert not is_json(stated)


def test_an_answer_is_kept_by_nobody() -> None:
    assert dict(reply_headers(None)) == {
        b"cache-control": b"no-store",
        b"x-content-type-options": b"nosniff",
    }
    assert reply_headers(b"a/b", (b"x", b"y"))[-1] == (b"x", b"y")
    assert media_type_of(b"A/B ; c=d") == b"a/b"
    assert media_type_of(None) == b""
