"""What a transport hands over."""

import asyncio

import pytest

from remit.kernel.errors import LimitExceeded
from remit.proxy.messages import BufferedBody, IncomingCall


def test_a_body_is_read_up_to_its_limit() -> None:
    assert asyncio.run(BufferedBody(b"abc").read(3)) == b"abc"
    with pytest.raises(LimitExceeded):
        asyncio.run(BufferedBody(b"abcd").read(3))


def test_headers_are_kept_apart_and_not_shown() -> None:
    headers = ((b"a", b"1"), (b"authorization", b"sesame"), (b"a", b"2"))
    incoming = IncomingCall("GET", b"/", b"", headers, BufferedBody(b"sesame"), "peer")
    assert incoming.header_values(b"a") == [b"1", b"2"]
    assert incoming.header_values(b"b") == []
    assert "sesame" not in repr(incoming)
