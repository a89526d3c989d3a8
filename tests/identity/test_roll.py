"""A roll keeps tenants apart, and a name for ever."""

from dataclasses import dataclass

import pytest

from remit.identity.roll import Roll
from remit.kernel.errors import Conflict, NotFound
from remit.kernel.ids import ROOT_TENANT, TenantId

OTHER = TenantId("ten_other")


@dataclass(frozen=True)
class Value:
    tenant: TenantId
    name: str
    revision: int


@pytest.fixture
def roll():
    made = Roll("thing")
    made.put("thi_1", Value(ROOT_TENANT, "one", 1))
    return made


def test_a_value_is_found_by_id_and_by_name(roll):
    assert roll.load(ROOT_TENANT, "thi_1") is roll.load_named(ROOT_TENANT, "one")
    assert roll.find(ROOT_TENANT, "thi_1") is roll.find_named(ROOT_TENANT, "one")


def test_another_tenant_finds_nothing(roll):
    assert roll.find(OTHER, "thi_1") is None
    assert roll.find_named(OTHER, "one") is None
    assert list(roll.of(OTHER)) == []
    assert roll.is_empty(OTHER)
    assert not roll.is_empty(ROOT_TENANT)
    with pytest.raises(NotFound):
        roll.load(OTHER, "thi_1")
    with pytest.raises(NotFound):
        roll.load_named(OTHER, "one")


def test_a_name_is_free_in_its_tenant_only_until_it_is_given(roll):
    with pytest.raises(Conflict):
        roll.verify_free(ROOT_TENANT, "one")
    assert roll.verify_free(OTHER, "one") == "one"


def test_a_stale_revision_is_a_conflict(roll):
    assert roll.load_at(ROOT_TENANT, "thi_1", None) is roll.load_at(ROOT_TENANT, "thi_1", 1)
    with pytest.raises(Conflict):
        roll.load_at(ROOT_TENANT, "thi_1", 2)


def test_a_listing_is_in_order_of_creation_and_survives_changes(roll):
    roll.put("thi_2", Value(ROOT_TENANT, "two", 1))
    listing = roll.of(ROOT_TENANT)
    roll.put("thi_1", Value(ROOT_TENANT, "one", 2))
    roll.put("thi_3", Value(ROOT_TENANT, "three", 1))
    assert [each.name for each in listing] == ["one", "two"]
    assert [each.revision for each in roll.of(ROOT_TENANT)] == [2, 1, 1]
