"""The book finds what is there, and forgets what a remit no longer reaches."""

import pytest

from remit.kernel.errors import NotFound
from remit.kernel.ids import RemitId, TenantId
from remit.remits.states import Step
from tests.identity.town import TEN
from tests.remits.desk import Office

OTHER = TenantId("ten_other")


@pytest.fixture
def office():
    return Office()


def test_a_remit_is_found_by_id_name_agent_and_reach(office):
    remit, book = office.create(), office.book
    assert book.load(TEN, remit.id) is book.load_named(TEN, "q3") is remit
    assert book.find(TEN, remit.id) is book.find_named(TEN, "q3") is remit
    assert book.of_agent(TEN, office.ada.id) == (remit,)
    assert book.covering(TEN, office.ada.id, office.mail.id) == (remit,)
    assert list(book.of(TEN)) == [remit]


def test_it_is_not_found_where_it_is_not(office):
    remit, book = office.create(), office.book
    assert book.find(OTHER, remit.id) is None
    assert book.of_agent(TEN, office.bea.id) == ()
    assert book.of_agent(OTHER, office.ada.id) == ()
    assert book.covering(TEN, office.ada.id, office.chat.id) == ()
    with pytest.raises(NotFound):
        book.load(TEN, RemitId("rmt_x"))
    with pytest.raises(NotFound):
        book.load_named(TEN, "q4")


def test_a_revision_is_found_by_what_it_reaches_now(office):
    remit = office.create()
    after = office.revise(remit, office.terms(office.entry(office.chat)))
    assert office.book.covering(TEN, office.ada.id, office.mail.id) == ()
    assert office.book.covering(TEN, office.ada.id, office.chat.id) == (after,)


@pytest.mark.parametrize("step", [Step.STOP, Step.COMPLETE])
def test_what_is_over_is_known_by_name_and_covers_nothing(office, step):
    remit = office.step(office.create(), step)
    assert office.book.load_named(TEN, "q3") is remit
    assert office.book.of_agent(TEN, office.ada.id) == ()
    assert not office.book._living
    assert not office.book._of_agent
