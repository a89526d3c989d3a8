"""What a connection does to its transport, and when."""

import asyncio

import pytest

from remit.outbound.connection import Connection
from remit.outbound.errors import UpstreamUnreachable
from remit.outbound.message import Limits, OutboundRequest

GET = OutboundRequest(b"GET", b"/")


class RecordingTransport(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.aborted = 0
        self.closing = False
        self.written = b""

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.closing

    def get_write_buffer_size(self):
        return 0

    def abort(self):
        self.aborted += 1


def with_connection(tell):
    async def story():
        idle, closed = [], []
        loop = asyncio.get_running_loop()
        connection = Connection(b"a", "http://a", idle.append, closed.append, loop)
        transport = RecordingTransport()
        connection.connection_made(transport)
        tell(connection, transport)
        return len(idle), len(closed)

    return asyncio.run(story())


def test_a_transport_that_is_gone_is_not_told_to_abort():
    def tell(connection, transport):
        exchange = connection.start(GET, Limits())
        connection.connection_lost(None)
        assert transport.aborted == 0
        assert isinstance(exchange.failure, UpstreamUnreachable)

    assert with_connection(tell) == (0, 1)


def test_nothing_is_written_on_a_connection_that_is_closing():
    def tell(connection, transport):
        transport.closing = True
        with pytest.raises(UpstreamUnreachable) as failed:
            connection.start(GET, Limits())
        assert not failed.value.may_have_effect
        assert transport.written == b""

    assert with_connection(tell) == (0, 1)


def test_an_answer_to_nothing_ends_the_connection():
    def tell(connection, transport):
        connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")
        assert transport.aborted == 1
        assert not connection.is_usable()

    assert with_connection(tell) == (0, 1)


def test_a_connection_is_free_after_its_answer_and_its_end_is_told_once():
    def tell(connection, transport):
        connection.start(GET, Limits())
        connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        assert connection.is_usable()
        connection.eof_received()
        connection.connection_lost(None)
        connection.abort()

    assert with_connection(tell) == (1, 1)
