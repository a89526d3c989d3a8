"""Registering an issuer gives nobody anything; retiring it takes away what it gave."""

import asyncio

import pytest

from remit.identity.registrars import issuers as issuers_module
from remit.identity.registrars.bindings import Subject
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import HumanId
from remit.signals.targets import agent_target
from tests.identity.town import TEN, URL, Town, issuer_terms


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def by(town):
    return asyncio.run(town.carol()).id


def register(town, by, name="forge", url=URL, **terms):
    return asyncio.run(town.registry.issuers.register(TEN, name, url, issuer_terms(**terms), by=by))


def epoch(town, agent):
    return town.stops.clear(TEN, (agent_target(TEN, agent.id),)).epochs[agent.id]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "kubernetes/serviceaccount",
        "http://forge.example",
        URL + "?x",
        URL + "#x",
        "HTTPS://a.b",
    ],
)
def test_a_url_that_is_not_exact_or_not_protected_is_refused(town, by, url):
    with pytest.raises(Malformed):
        register(town, by, url=url)


@pytest.mark.parametrize(
    "terms",
    [
        {"algorithms": frozenset()},
        {"algorithms": frozenset({"HS256"})},
        {"algorithms": frozenset({"ES256", "none"})},
        {"max_lifetime_seconds": 0},
        {"max_lifetime_seconds": 24 * 3600 + 1},
        {"leeway_seconds": 31},
        {"leeway_seconds": -1},
        {"inline_jwks": b"[]"},
        {"inline_jwks": b'{"keys":[]}'},
        {"inline_jwks": b'{"keys":[1],"keys":[2]}'},
    ],
)
def test_terms_that_would_believe_too_much_are_refused(town, by, terms):
    with pytest.raises(Malformed):
        register(town, by, **terms)


def test_keys_may_be_given_at_once(town, by):
    keys = b'{"keys":[{"kty":"EC"}]}'
    assert register(town, by, inline_jwks=keys).inline_jwks == keys


def test_a_url_is_believed_once_until_its_issuer_is_retired(town, by):
    issuer = register(town, by)
    with pytest.raises(Conflict):
        register(town, by, name="twin")
    asyncio.run(town.registry.issuers.retire(TEN, issuer.id, by=by, reason="over"))
    again = register(town, by, name="forge-2")
    assert town.directory.find_issuer(TEN, URL) is again
    assert town.directory.bindings_of(again) == ()


def test_retiring_kills_the_tokens_of_all_who_are_bound_to_it(town, by, monkeypatch):
    monkeypatch.setattr(issuers_module, "MOST_AT_ONCE", 2)
    issuer = register(town, by)
    agents = [asyncio.run(town.agent(f"a{number}")) for number in range(5)]
    other = asyncio.run(town.agent("other"))
    for number, agent in enumerate(agents):
        subject = Subject(issuer.id, {"sub": f"s{number}"}, agent.id)
        asyncio.run(town.registry.bindings.bind(TEN, f"b{number}", subject, by=by))
    asyncio.run(town.registry.issuers.retire(TEN, issuer.id, by=by, reason="broken into"))
    assert [epoch(town, agent) for agent in agents] == [1] * 5
    assert epoch(town, other) == 0
    assert town.journal.types()[-3:] == [
        "trust_issuer.retired",
        "trust_issuer.agents_superseded",
        "trust_issuer.agents_superseded",
    ]
    assert town.directory.find_issuer(TEN, URL) is None


def test_replacing_changes_the_terms_and_never_the_url(town, by):
    issuer = register(town, by)
    terms = issuer_terms(algorithms=frozenset({"RS256"}), leeway_seconds=0)
    after = asyncio.run(town.registry.issuers.replace(TEN, issuer.id, terms, by=by))
    assert (after.issuer, after.algorithms, after.revision) == (URL, {"RS256"}, 2)
    assert town.directory.find_issuer(TEN, URL) is after
    with pytest.raises(Conflict):
        asyncio.run(town.registry.issuers.replace(TEN, issuer.id, terms, by=by, revision=1))


def test_a_retired_issuer_is_neither_replaced_nor_retired_again(town, by):
    issuer = register(town, by)
    registrar = town.registry.issuers
    asyncio.run(registrar.retire(TEN, issuer.id, by=by, reason="over"))
    with pytest.raises(Conflict):
        asyncio.run(registrar.replace(TEN, issuer.id, issuer_terms(), by=by))
    with pytest.raises(Conflict):
        asyncio.run(registrar.retire(TEN, issuer.id, by=by, reason="over"))


def test_nobody_registers_an_issuer(town, by):
    with pytest.raises(NotFound):
        register(town, HumanId("hum_nobody"))
