"""A request is under the remit that it names, or the only one that covers it: never the first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from remit.kernel.ids import TenantId
from remit.remits.selection import (
    AmbiguousRemit,
    NoRemitCovers,
    NotInForce,
    UnknownRemit,
    load_in_force,
    select_remit,
)
from remit.remits.states import Step
from tests.remits.desk import Office


@pytest.fixture
def office():
    return Office()


def select(office, server, named=None, agent=None):
    agent = office.ada if agent is None else agent
    return select_remit(office.book, agent, server, named, office.clock.now())


def test_the_only_one_that_covers_is_it(office):
    remit = office.create()
    office.create("other", office.terms(office.entry(office.chat)))
    assert select(office, office.mail) is remit


def test_of_two_that_would_do_the_request_must_name_one(office):
    first, second = office.create("one"), office.create("two")
    with pytest.raises(AmbiguousRemit):
        select(office, office.mail)
    assert select(office, office.mail, "one") is first
    assert select(office, office.mail, second.id) is second


def test_only_what_is_in_force_counts(office):
    office.step(office.create("one"), Step.SUSPEND)
    office.create("two", active=False)
    office.create("three", office.terms(not_before=office.clock.now() + timedelta(minutes=1)))
    with pytest.raises(NoRemitCovers):
        select(office, office.mail)
    fourth = office.create("four")
    assert select(office, office.mail) is fourth


@pytest.mark.parametrize("step", [Step.SUSPEND, Step.STOP, Step.COMPLETE])
def test_a_named_remit_permits_only_while_it_is_active(office, step):
    remit = office.create()
    assert select(office, office.mail, "q3") is remit
    office.step(remit, step)
    with pytest.raises(NotInForce):
        select(office, office.mail, "q3")
    with pytest.raises(NoRemitCovers):
        select(office, office.mail)


def test_a_remit_of_another_agent_is_not_there(office):
    remit = office.create()
    for named in ("q3", remit.id, "nothing", "", "rmt_x"):
        with pytest.raises(UnknownRemit):
            select(office, office.mail, named, office.bea)
    with pytest.raises(NoRemitCovers):
        select(office, office.mail, agent=office.bea)


def test_a_named_remit_must_reach_the_tool_server(office):
    office.create()
    with pytest.raises(NoRemitCovers):
        select(office, office.chat, "q3")


def test_a_tool_server_of_another_tenant_is_covered_by_nothing(office):
    office.create()
    foreign = replace(office.mail, tenant=TenantId("ten_other"))
    for named in (None, "q3"):
        with pytest.raises(NoRemitCovers):
            select(office, foreign, named)


def test_the_catalogue_needs_exactly_one_remit_or_a_name(office):
    with pytest.raises(NoRemitCovers):
        select(office, None)
    first = office.create("one")
    assert select(office, None) is first
    office.create("two", office.terms(office.entry(office.chat)))
    with pytest.raises(AmbiguousRemit):
        select(office, None)
    assert select(office, None, "one") is first


def test_the_clocks_boundary_beats_the_stored_state(office):
    terms = office.terms(not_before=office.clock.now() + timedelta(seconds=10))
    remit = office.create(terms=terms)

    def code(instant):
        with pytest.raises(NotInForce) as refusal:
            load_in_force(remit, instant)
        return refusal.value.code

    instant = timedelta(milliseconds=1)
    assert code(remit.not_before - instant) == "not_yet"
    assert load_in_force(remit, remit.not_before) is remit
    assert load_in_force(remit, remit.expires_at - instant) is remit
    assert code(remit.expires_at) == "expired"
    assert select_remit(office.book, office.ada, office.mail, None, remit.not_before) is remit
    with pytest.raises(NoRemitCovers):
        select_remit(office.book, office.ada, office.mail, None, remit.expires_at)
