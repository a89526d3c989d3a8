"""STYLE.md, "Tests": the loopback only (tests/conftest.py)."""

import socket
from collections.abc import Callable

import pytest

# RFC 5737 and RFC 2606: addresses and names that are nobody's.
ATTEMPTS: dict[str, Callable[[socket.socket], object]] = {
    "connect": lambda end: end.connect(("192.0.2.1", 80)),
    "send": lambda end: end.sendto(b"", ("192.0.2.1", 80)),
    "listen for all": lambda end: end.bind(("0.0.0.0", 0)),
    "listen for anybody": lambda end: end.bind(("", 0)),
    "look up": lambda _: socket.getaddrinfo("agent.example", 80),
    "connect by name": lambda _: socket.create_connection(("agent.example", 80)),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_test_that_leaves_the_machine_fails(attempt: str) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end,
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1|0\.0\.0\.0|''|agent\.example"),
    ):
        ATTEMPTS[attempt](end)


def test_the_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
