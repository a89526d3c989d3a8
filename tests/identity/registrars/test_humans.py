"""The first human registers itself; every other one is registered by a human."""

import asyncio

import pytest

from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import HumanId, TenantId
from tests.identity.town import TEN, Town


@pytest.fixture
def town():
    return Town()


def test_the_first_human_is_the_author_of_its_own_record(town):
    carol = asyncio.run(town.carol())
    assert town.journal.records[0].by == carol.id
    assert town.directory.humans.load_named(TEN, "carol") is carol


def test_there_is_one_first_human_in_each_tenant(town):
    asyncio.run(town.carol())
    with pytest.raises(Conflict):
        asyncio.run(town.registry.humans.register_first(TEN, "dan"))
    other = asyncio.run(town.registry.humans.register_first(TenantId("ten_b"), "carol"))
    assert other.tenant == "ten_b"


def test_nobody_registers_humans(town):
    asyncio.run(town.carol())
    with pytest.raises(NotFound):
        asyncio.run(town.registry.humans.register(TEN, "dan", by=HumanId("hum_nobody")))


def test_a_human_of_another_tenant_registers_nobody_here(town):
    carol = asyncio.run(town.carol())
    with pytest.raises(NotFound):
        asyncio.run(town.registry.humans.register(TenantId("ten_b"), "dan", by=carol.id))


def test_a_name_is_given_once(town):
    carol = asyncio.run(town.carol())
    with pytest.raises(Conflict):
        asyncio.run(town.registry.humans.register(TEN, "carol", by=carol.id))


@pytest.mark.parametrize(
    "email", ["", "carol", "@b.example", "carol@", "a b@c.example", "a@b\n", "<a@b.example>"]
)
def test_what_is_no_address_is_refused(town, email):
    with pytest.raises(Malformed):
        asyncio.run(town.registry.humans.register_first(TEN, "carol", email=email))
    assert not town.journal.records
