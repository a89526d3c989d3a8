"""What holds for every test: nothing leaves the machine, and no verdict depends on its speed."""

import ipaddress
import sys
from typing import Any

import hypothesis

LOCAL_NAMES = frozenset({"", "localhost"})


class LeavesTheMachine(RuntimeError):
    """A test reached for an address that is not on the loopback."""


def stay_on_the_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse connections, datagrams and look-ups that would leave the machine (PEP 578)."""
    if event in {"socket.connect", "socket.sendto", "socket.bind"}:
        _, address = arguments
        # A unix socket's address is a path, and a netlink one starts with a number.
        if isinstance(address, tuple) and isinstance(address[0], str) and not is_local(address[0]):
            raise LeavesTheMachine(f"{event}: {address}")
    elif event == "socket.getaddrinfo" and not is_known(arguments[0]):
        raise LeavesTheMachine(f"{event}: {arguments[0]!r}")


def is_local(host: str) -> bool:
    if host in LOCAL_NAMES:
        return host == "localhost"
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def is_known(host: str | bytes | None) -> bool:
    """Whether a look-up needs no name server: no name, a local one, or an address already."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in LOCAL_NAMES:
        return True
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


sys.addaudithook(stay_on_the_loopback)

# An example is not wrong because the machine was busy; pytest's timeout ends what hangs.
hypothesis.settings.register_profile("remit", deadline=None)
hypothesis.settings.load_profile("remit")
