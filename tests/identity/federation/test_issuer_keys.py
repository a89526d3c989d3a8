"""Issuers that are slow, down, lie, rotate and are asked by everybody at once."""

import asyncio
from dataclasses import replace

import pytest

from remit.identity.federation import issuer_keys
from remit.identity.federation.issuer_keys import (
    LAST_GOOD_IN,
    MAX_FRESH_IN,
    MIN_FRESH_IN,
    RETRY_IN,
    IssuerKeys,
)
from remit.jose.errors import InvalidKey, UnknownKey
from remit.jose.keys import KeySet, SigningKey
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import RemitError, Unavailable
from remit.kernel.ids import TenantId, TrustIssuerId
from remit.outbound.errors import UpstreamUnreachable
from remit.outbound.fetch import FetchedJSON
from tests.identity.fakes import ISSUER, StillClock

OLD = SigningKey.generate("ES256")
NEW = SigningKey.generate("ES256")


class Forge:
    """An issuer elsewhere, as a script: what it serves, how slowly, and how often it was asked."""

    def __init__(self, *keys, fresh_in=300):
        self.keys = keys or (OLD,)
        self.fresh_in = fresh_in
        self.asked = []
        self.down = False
        self.named = None
        self.slow = None

    async def __call__(self, url, issuer):
        self.asked.append(url)
        if self.slow is not None:
            await self.slow.wait()
        await asyncio.sleep(0)
        if self.down:
            raise UpstreamUnreachable("refused")
        if url.endswith("/.well-known/openid-configuration"):
            document = {"issuer": self.named or issuer.issuer, "jwks_uri": f"{issuer.issuer}/keys"}
            return FetchedJSON(canonicalize(document), 300)
        return FetchedJSON(canonicalize(KeySet(self.public()).to_jwks()), self.fresh_in)

    def public(self):
        return tuple(key.public for key in self.keys)

    @property
    def rounds(self):
        return sum(url.endswith("/.well-known/openid-configuration") for url in self.asked)


@pytest.fixture
def clock():
    return StillClock()


@pytest.fixture
def forge():
    return Forge()


@pytest.fixture
def known(forge, clock):
    return IssuerKeys(forge, clock)


def load(known, kid=None, issuer=ISSUER):
    return asyncio.run(known.load(issuer, kid))


def kids(keys):
    return {key.kid for key in keys.keys}


def test_keys_are_discovered_and_kept(known, forge):
    assert kids(load(known, OLD.kid)) == {OLD.kid}
    assert load(known, OLD.kid) is load(known, None)
    assert forge.asked == [
        "https://forge.example/.well-known/openid-configuration",
        "https://forge.example/keys",
    ]


@pytest.mark.parametrize(
    ("stated", "kept"),
    [(0, MIN_FRESH_IN), (61, 61), (10**9, MAX_FRESH_IN)],
)
def test_keys_are_kept_as_long_as_the_issuer_says_within_bounds(clock, stated, kept):
    forge = Forge(fresh_in=stated)
    known = IssuerKeys(forge, clock)
    load(known)
    clock.pass_(kept - 1)
    load(known)
    assert forge.rounds == 1
    clock.pass_(1)
    load(known)
    assert forge.rounds == 2


def test_a_rotated_key_is_asked_for(known, forge, clock):
    load(known, OLD.kid)
    forge.keys = (NEW, OLD)
    clock.pass_(RETRY_IN)
    assert kids(load(known, NEW.kid)) == {NEW.kid, OLD.kid}


def test_a_key_that_the_issuer_withdrew_is_gone(known, forge, clock):
    load(known, OLD.kid)
    forge.keys = (NEW,)
    clock.pass_(300)
    with pytest.raises(UnknownKey):
        load(known, OLD.kid).load(OLD.kid, "ES256")


def test_a_storm_of_unknown_kids_is_one_request(known, forge, clock):
    async def storm():
        await known.load(ISSUER, OLD.kid)
        clock.pass_(RETRY_IN)
        return await asyncio.gather(*(known.load(ISSUER, f"no-{n}") for n in range(200)))

    assert {frozenset(kids(keys)) for keys in asyncio.run(storm())} == {frozenset({OLD.kid})}
    assert forge.rounds == 2


def test_unknown_kids_are_asked_for_now_and_then_only(known, forge, clock):
    load(known, OLD.kid)
    for number in range(100):
        clock.pass_(0.9)
        load(known, f"no-{number}")
    assert forge.rounds <= 1 + 90 // RETRY_IN


def test_a_crowd_before_the_first_keys_is_one_request(known, forge):
    async def crowd():
        return await asyncio.gather(*(known.load(ISSUER, OLD.kid) for _ in range(100)))

    assert len({id(keys) for keys in asyncio.run(crowd())}) == 1
    assert forge.rounds == 1


def test_the_last_good_keys_stand_while_the_issuer_is_down(known, forge, clock):
    load(known, OLD.kid)
    forge.down = True
    clock.pass_(300 + LAST_GOOD_IN - 1)
    assert kids(load(known, OLD.kid)) == {OLD.kid}
    clock.pass_(1)
    with pytest.raises(Unavailable):
        load(known, OLD.kid)


def test_an_issuer_that_is_down_is_not_asked_at_every_turn(known, forge, clock):
    forge.down = True
    for _ in range(10):
        with pytest.raises(Unavailable):
            load(known, OLD.kid)
    assert forge.rounds == 1
    forge.down = False
    clock.pass_(RETRY_IN)
    assert kids(load(known, OLD.kid)) == {OLD.kid}


def test_the_reason_is_told_in_private(known, forge):
    forge.down = True
    with pytest.raises(Unavailable) as refused:
        load(known)
    assert "refused" in refused.value.detail
    assert "forge" not in refused.value.description


def test_an_issuer_that_lies_about_its_name_brings_no_keys(known, forge):
    forge.named = "https://evil.example"
    with pytest.raises(Unavailable):
        load(known)
    assert len(forge.asked) == 1


def test_an_issuer_that_begins_to_lie_does_not_replace_good_keys(known, forge, clock):
    load(known, OLD.kid)
    forge.named, forge.keys = "https://evil.example", (NEW,)
    clock.pass_(300)
    assert kids(load(known, NEW.kid)) == {OLD.kid}


def test_a_slow_issuer_is_given_up(known, forge, monkeypatch):
    monkeypatch.setattr(issuer_keys, "FETCH_IN", 0.02)

    async def story():
        forge.slow = asyncio.Event()
        with pytest.raises(Unavailable, match="TimeoutError"):
            await known.load(ISSUER, OLD.kid)

    asyncio.run(story())


def test_stale_keys_answer_while_somebody_else_asks(known, forge, clock):
    async def story():
        await known.load(ISSUER, OLD.kid)
        clock.pass_(300)
        forge.slow = asyncio.Event()
        asking = asyncio.ensure_future(known.load(ISSUER, OLD.kid))
        await asyncio.sleep(0)
        assert kids(await known.load(ISSUER, OLD.kid)) == {OLD.kid}
        assert not asking.done()
        forge.slow.set()
        await asking

    asyncio.run(story())
    assert forge.rounds == 2


def test_a_caller_who_gives_up_does_not_silence_the_issuer(known, forge, clock):
    async def story():
        forge.slow = asyncio.Event()
        asking = asyncio.ensure_future(known.load(ISSUER, OLD.kid))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        with pytest.raises(Unavailable):  # nor does he make us ask again at once
            await known.load(ISSUER, OLD.kid)
        forge.slow = None
        clock.pass_(1)
        await known.load(ISSUER, OLD.kid)

    asyncio.run(story())
    assert forge.rounds == 2


def test_keys_of_two_registrations_are_never_merged(clock):
    forge = Forge()
    known = IssuerKeys(forge, clock)
    load(known)
    forge.keys = (NEW,)
    other = replace(ISSUER, id=TrustIssuerId("iss_other"))
    elsewhere = replace(ISSUER, tenant=TenantId("ten_other"))
    assert kids(load(known, issuer=other)) == {NEW.kid}
    assert kids(load(known, issuer=elsewhere)) == {NEW.kid}
    assert kids(load(known)) == {OLD.kid}


def test_a_changed_registration_starts_anew(known, forge):
    load(known)
    forge.keys = (NEW,)
    changed = replace(ISSUER, revision=2, ca_file="other.pem")
    assert kids(load(known, issuer=changed)) == {NEW.kid}
    with pytest.raises(Unavailable):
        load(known, issuer=ISSUER)


def test_inline_keys_are_asked_of_nobody(known, forge):
    inline = canonicalize(KeySet((NEW.public,)).to_jwks())
    issuer = replace(ISSUER, inline_jwks=inline)
    assert kids(load(known, "unknown", issuer)) == {NEW.kid}
    assert load(known, None, issuer) is load(known, "other", issuer)
    assert not forge.asked


def test_inline_keys_that_are_none_are_refused(known):
    with pytest.raises(InvalidKey):
        load(known, None, replace(ISSUER, inline_jwks=b'{"keys":[]}'))


def test_a_key_without_a_name_answers_to_its_thumbprint(forge, clock):
    async def nameless(url, issuer):
        fetched = await forge(url, issuer)
        if url.endswith("/keys"):
            return FetchedJSON(canonicalize({"keys": [dict(OLD.public.members)]}), 300)
        return fetched

    known = IssuerKeys(nameless, clock)
    load(known, OLD.kid)
    clock.pass_(RETRY_IN)
    load(known, OLD.kid)
    assert forge.rounds == 1


def test_a_set_that_publishes_private_keys_is_not_believed(forge, clock):
    async def leaking(url, issuer):
        if url.endswith("/keys"):
            leaked = {**OLD.public.members, "d": "AA"}
            return FetchedJSON(canonicalize({"keys": [leaked]}), 300)
        return await forge(url, issuer)

    with pytest.raises(RemitError):
        load(IssuerKeys(leaking, clock))


def test_memory_is_bounded(known, monkeypatch):
    monkeypatch.setattr(issuer_keys, "MAX_REGISTRATIONS", 3)
    for number in range(10):
        load(known, issuer=replace(ISSUER, id=TrustIssuerId(f"iss_{number}")))
    assert len(known._known) == 3
