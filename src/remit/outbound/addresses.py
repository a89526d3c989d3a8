"""Which addresses a connection may be pinned to.

A name is resolved once for each connection; every address that it gives must be allowed, and the
connection is made to one of those very addresses, so that no second answer can lead elsewhere.
The ranges are those of the IANA special-purpose registries (RFC 6890, with later entries), plus the
metadata services of cloud providers, which are refused even where private networks are allowed.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from remit.outbound.errors import AddressRefused, UpstreamUnreachable

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The same machine or site: a tool server may well be there, if its destination says so.
PRIVATE: tuple[Network, ...] = tuple(
    ip_network(net)
    for net in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
        "::1/128", "fc00::/7",
    )
)  # fmt: skip

# Instance metadata and platform agents: AWS, Azure, GCP, Alibaba, Oracle, OpenStack.
METADATA: tuple[Network, ...] = tuple(
    ip_network(net)
    for net in (
        "169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32",
        "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd00:ec2::23/128",
        "fd20:ce::254/128",
    )
)  # fmt: skip

# Never a server of anybody's choosing: "this network", link-local, protocol assignments,
# documentation, benchmarking, the old 6to4 relays, multicast, reserved and broadcast.
_NEVER_V4: tuple[Network, ...] = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip

# RFC 4291 section 2.4: global unicast is 2000::/3. All that carries an IPv4 address inside (mapped,
# compatible, NAT64, SIIT, Teredo, 6to4) is outside of it or taken out of it here.
_GLOBAL_V6 = ip_network("2000::/3")
_NEVER_V6: tuple[Network, ...] = tuple(
    ip_network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where beyond the public internet a destination may be.

    `private` opens loopback and site-local ranges. `networks` opens what it names; a metadata
    service is opened only by an entry of exactly its one address.
    """

    private: bool = False
    networks: tuple[Network, ...] = ()


PUBLIC = Reach()


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == net.version and address in net for net in networks)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not _is_in(address, _NEVER_V4) and not _is_in(address, PRIVATE)
    return address in _GLOBAL_V6 and not _is_in(address, _NEVER_V6)


def is_allowed(address: Address, reach: Reach) -> bool:
    """Whether a connection to `address` may be made under `reach`."""
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    if _is_in(address, METADATA):
        return any(net.num_addresses == 1 and address in net for net in reach.networks)
    if _is_in(address, reach.networks):
        return True
    return _is_public(address) or (reach.private and _is_in(address, PRIVATE))


def verify_addresses(addresses: Sequence[Address], reach: Reach) -> tuple[Address, ...]:
    """The addresses, all of them allowed; one bad address condemns the whole answer."""
    if not addresses:
        raise UpstreamUnreachable("the name has no address")
    for address in addresses:
        if not is_allowed(address, reach):
            raise AddressRefused(f"the name leads to {address}")
    return tuple(addresses)


def find_literal(host: str) -> Address | None:
    """The address that `host` is, if it is one rather than a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]


class SystemResolver:
    """The operating system's resolver, in threads of its own and one look-up a name at a time.

    A name server that never answers holds one thread for its own name, not one for each request.
    """

    def __init__(self, threads: int = 4) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="remit-resolve")
        self._under_way: dict[tuple[str, int], asyncio.Future[tuple[Address, ...]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """The addresses of `host`, in the resolver's order. The caller sets the time limit."""
        key = (host, port)
        answer = self._under_way.get(key)
        if answer is None:
            loop = asyncio.get_running_loop()
            answer = loop.run_in_executor(self._threads, _look_up, host, port)
            self._under_way[key] = answer
            answer.add_done_callback(lambda done: self._settle(key, done))
        return await asyncio.shield(answer)

    def _settle(self, key: tuple[str, int], answer: asyncio.Future[tuple[Address, ...]]) -> None:
        self._under_way.pop(key, None)
        if not answer.cancelled():
            answer.exception()  # everybody who waited may have gone; nothing is to be logged for it

    def close(self) -> None:
        """Take no further look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> tuple[Address, ...]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as failure:
        raise UpstreamUnreachable(f"{host} does not resolve: {type(failure).__name__}") from None
    found = dict.fromkeys(str(answer[4][0]) for answer in answers)
    return tuple(ip_address(text) for text in found)
