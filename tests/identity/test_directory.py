"""The directory says who is believed, and about whom."""

import asyncio
from dataclasses import replace

from remit.identity.directory import Directory
from remit.identity.registrars.bindings import Subject
from remit.kernel.ids import TenantId, TrustIssuerId
from tests.identity.town import TEN, URL, Town, issuer_terms


async def make():
    town = Town()
    agent = await town.agent()
    by = agent.owner
    issuer = await town.registry.issuers.register(TEN, "forge", URL, issuer_terms(), by=by)
    subject = Subject(issuer.id, {"sub": "repo"}, agent.id)
    binding = await town.registry.bindings.bind(TEN, "ci", subject, by=by)
    return town.directory, issuer, binding


def test_an_issuer_is_found_by_its_exact_url_and_tenant():
    directory, issuer, _ = asyncio.run(make())
    assert directory.find_issuer(TEN, URL) is issuer
    for other in (URL + "/", URL.upper(), "https://forge.example.evil"):
        assert directory.find_issuer(TEN, other) is None
    assert directory.find_issuer(TenantId("ten_other"), URL) is None


def test_nobody_is_believed_where_two_claim_the_same_url():
    directory, issuer, _ = asyncio.run(make())
    twin = replace(issuer, id=TrustIssuerId("iss_twin"), name="twin")
    directory.put_issuer(twin)
    assert directory.find_issuer(TEN, URL) is None
    directory.put_issuer(replace(twin, retired=True))
    assert directory.find_issuer(TEN, URL) is issuer


def test_a_retired_issuer_is_known_by_name_and_not_believed():
    directory, issuer, _ = asyncio.run(make())
    directory.put_issuer(replace(issuer, retired=True))
    assert directory.find_issuer(TEN, URL) is None
    assert directory.issuers.load_named(TEN, "forge").retired


def test_bindings_are_an_issuers_own_and_living():
    directory, issuer, binding = asyncio.run(make())
    assert directory.bindings_of(issuer) == (binding,)
    assert directory.candidates(issuer, {"sub": "repo"}.get) == (binding,)
    assert directory.candidates(issuer, {"sub": "other"}.get) == ()
    stranger = replace(issuer, tenant=TenantId("ten_other"))
    assert directory.bindings_of(stranger) == ()
    assert directory.candidates(stranger, {"sub": "repo"}.get) == ()
    directory.put_binding(replace(binding, retired=True))
    assert directory.bindings_of(issuer) == ()


def test_an_empty_directory_finds_nothing():
    assert Directory().find_issuer(TEN, URL) is None
