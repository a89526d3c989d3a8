import asyncio
import socket
from ipaddress import ip_address, ip_network

import pytest

from remit.outbound.addresses import (
    METADATA,
    PUBLIC,
    Reach,
    SystemResolver,
    is_allowed,
    verify_addresses,
)
from remit.outbound.errors import AddressRefused, UpstreamUnreachable

PRIVATE = Reach(private=True)

NEVER = [
    "0.0.0.0", "0.1.2.3", "169.254.1.1", "169.254.169.254", "192.0.0.1", "192.0.2.1",
    "192.88.99.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1",
    "fe80::1", "fe80::1%eth0", "2600::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254",
    "100.100.100.200", "168.63.129.16", "192.0.0.192",
]  # fmt: skip

SITE = ["127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "100.64.0.1", "::1", "fc00::1", "fd00::1"]  # fmt: skip

OPEN = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "11.0.0.1", "100.128.0.1", "2606:4700::1111",
        "2a00:1450:4001::200e"]  # fmt: skip


@pytest.mark.parametrize("text", NEVER)
def test_an_address_that_is_nobodys_server_is_refused_even_where_private_ones_are_allowed(text):
    assert not is_allowed(ip_address(text), PUBLIC)
    assert not is_allowed(ip_address(text), PRIVATE)


@pytest.mark.parametrize("text", SITE)
def test_a_site_address_is_allowed_only_to_a_destination_that_says_so(text):
    assert not is_allowed(ip_address(text), PUBLIC)
    assert is_allowed(ip_address(text), PRIVATE)


@pytest.mark.parametrize("text", OPEN)
def test_a_public_address_is_allowed(text):
    assert is_allowed(ip_address(text), PUBLIC)


@pytest.mark.parametrize("net", METADATA, ids=str)
def test_a_metadata_service_is_opened_only_by_its_own_single_address(net):
    address = net.network_address
    wide = Reach(
        private=True, networks=(net.supernet(), ip_network("0.0.0.0/0"), ip_network("::/0"))
    )
    assert not is_allowed(address, wide)
    assert is_allowed(address, Reach(networks=(net,)))


def test_a_named_network_opens_what_it_names_and_no_more():
    reach = Reach(networks=(ip_network("64:ff9b::/96"), ip_network("10.1.0.0/16")))
    assert is_allowed(ip_address("64:ff9b::808:808"), reach)
    assert is_allowed(ip_address("10.1.2.3"), reach)
    assert not is_allowed(ip_address("10.2.2.3"), reach)
    assert not is_allowed(ip_address("::1"), reach)


def test_one_bad_address_among_good_ones_condemns_the_answer():
    with pytest.raises(AddressRefused):
        verify_addresses([ip_address("8.8.8.8"), ip_address("127.0.0.1")], PUBLIC)


def test_a_name_without_addresses_is_unreachable():
    with pytest.raises(UpstreamUnreachable):
        verify_addresses([], PUBLIC)


def test_the_system_resolver_asks_once_for_all_who_want_the_same_name(monkeypatch):
    asked = []

    def answer(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))] * 2

    monkeypatch.setattr(socket, "getaddrinfo", answer)

    async def story():
        resolver = SystemResolver()
        answers = await asyncio.gather(*(resolver("a.example", 443) for _ in range(5)))
        resolver.close()
        return answers

    assert asyncio.run(story()) == [(ip_address("192.0.2.7"),)] * 5
    assert asked == ["a.example"]


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch):
    def refuse(*_, **__):
        raise socket.gaierror("no")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    async def story():
        resolver = SystemResolver()
        try:
            await resolver("gone.example", 80)
        finally:
            resolver.close()

    with pytest.raises(UpstreamUnreachable, match=r"gone\.example does not resolve"):
        asyncio.run(story())
