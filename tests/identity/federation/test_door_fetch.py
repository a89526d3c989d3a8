"""Issuers on a real connection: the key source, the door, and a server of the loopback."""

import asyncio
from dataclasses import replace

import pytest

from remit.identity.federation.door_fetch import DoorFetch
from remit.identity.federation.issuer_keys import RETRY_IN, IssuerKeys
from remit.jose.keys import KeySet, SigningKey
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Unavailable
from remit.outbound.door import Door
from tests.identity.fakes import ISSUER, StillClock
from tests.outbound.raw_upstream import ok, upstream

OLD = SigningKey.generate("ES256")
NEW = SigningKey.generate("Ed25519")
JSON = b"Content-Type: application/json"


class Site:
    """What the issuer's server answers at each path, and what it was asked."""

    def __init__(self):
        self.origin = ""
        self.keys = (OLD,)
        self.answers = {}
        self.asked = []

    async def script(self, peer):
        while True:
            path = (await peer.request()).split(b" ")[1].decode()
            self.asked.append(path)
            await peer.send(self.answers.get(path) or self.usual(path))

    def usual(self, path):
        if path == "/keys":
            return ok(canonicalize(KeySet(tuple(key.public for key in self.keys)).to_jwks()), JSON)
        return self.named(self.origin)

    def named(self, issuer, jwks_uri=None):
        document = {"issuer": issuer, "jwks_uri": jwks_uri or f"{self.origin}/keys"}
        return ok(canonicalize(document), JSON)


WELL_KNOWN = "/.well-known/openid-configuration"


def story(tell):
    """Run `tell(site, known, issuer, clock)` beside a running site."""
    site, clock = Site(), StillClock()

    async def run():
        door = Door()
        try:
            async with upstream(site.script) as server:
                site.origin = server.destination.origin
                issuer = replace(ISSUER, issuer=site.origin, allow_private=True)
                await tell(site, IssuerKeys(DoorFetch(door), clock), issuer, clock)
        finally:
            await door.close()

    asyncio.run(run())
    return site


def refused(prepare):
    """What the site was asked, when nothing of it was believed."""

    async def tell(site, known, issuer, clock):
        prepare(site)
        with pytest.raises(Unavailable):
            await known.load(issuer, OLD.kid)

    return story(tell).asked


def test_keys_are_discovered_over_the_door():
    async def tell(site, known, issuer, clock):
        keys = await known.load(issuer, OLD.kid)
        assert [key.jkt for key in keys.keys] == [OLD.kid]

    assert story(tell).asked == [WELL_KNOWN, "/keys"]


def test_keys_that_are_rotated_between_two_requests_are_found():
    async def tell(site, known, issuer, clock):
        await known.load(issuer, OLD.kid)
        site.keys = (NEW, OLD)
        clock.pass_(RETRY_IN)
        keys = await known.load(issuer, NEW.kid)
        assert keys.load(NEW.kid, "Ed25519").jkt == NEW.kid

    story(tell)


def test_a_redirect_is_not_followed():
    def prepare(site):
        site.answers[WELL_KNOWN] = (
            b"HTTP/1.1 302 Found\r\nLocation: /keys\r\nContent-Length: 0\r\n\r\n"
        )

    assert refused(prepare) == [WELL_KNOWN]


def test_an_issuer_that_names_another_brings_nothing():
    def prepare(site):
        site.answers[WELL_KNOWN] = site.named("https://forge.example")

    assert refused(prepare) == [WELL_KNOWN]


@pytest.mark.parametrize(
    "jwks_uri",
    ["http://169.254.169.254/latest", "http://10.0.0.1/keys", "https://user@evil.example/keys"],
)
def test_an_issuer_does_not_lead_us_elsewhere(jwks_uri):
    def prepare(site):
        site.answers[WELL_KNOWN] = site.named(site.origin, jwks_uri)

    assert refused(prepare) == [WELL_KNOWN]


def test_more_than_a_megabyte_is_refused():
    def prepare(site):
        site.answers["/keys"] = ok(b" " * (1024 * 1024 + 1), JSON)

    assert refused(prepare) == [WELL_KNOWN, "/keys"]


def test_a_megabyte_of_keys_is_refused():
    def prepare(site):
        key = canonicalize(dict(OLD.public.members))
        listed = b",".join([key] * 7000)
        site.answers["/keys"] = ok(b'{"keys":[' + listed + b"]}", JSON)

    refused(prepare)


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"{}", b"Content-Type: text/html"),
        ok(b"{}", JSON),
        ok(b'{"keys":[]}', JSON),
        ok(b'{"keys":[{"kty":"oct","k":"AA"}]}', JSON),
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
    ids=["html", "empty", "no keys", "symmetric", "500", "nonsense"],
)
def test_what_is_no_key_set_is_refused(answer):
    refused(lambda site: site.answers.update({"/keys": answer}))


def test_an_issuer_on_a_private_network_must_say_so():
    async def tell(site, known, issuer, clock):
        with pytest.raises(Unavailable):
            await known.load(replace(issuer, allow_private=False), OLD.kid)

    assert story(tell).asked == []


def test_nobody_at_home_is_unavailable():
    async def run():
        door = Door()
        try:
            issuer = replace(ISSUER, issuer="http://127.0.0.1:9", allow_private=True)
            with pytest.raises(Unavailable):
                await IssuerKeys(DoorFetch(door), StillClock()).load(issuer, None)
        finally:
            await door.close()

    asyncio.run(run())
