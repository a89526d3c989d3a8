"""Humans: registered once by a human, and never changed by a document."""

import pytest

from remit.identity.records import HumanRegistered
from remit.kernel.ids import ROOT_TENANT
from remit.manifest.yaml import ManifestError
from tests.manifest.scene import HUMAN, Control, changes


def test_a_new_human_is_registered_by_who_applied() -> None:
    control = Control()
    (record,) = control.appended(lambda: control.apply(HUMAN))
    assert isinstance(record, HumanRegistered)
    assert record.by == control.alice
    found = control.directory.humans.load_named(ROOT_TENANT, "bob")
    assert found.email == "bob@example.com"


def test_a_human_who_is_there_stays_as_it_is() -> None:
    control = Control()
    control.apply(HUMAN)
    assert changes(control.plan(HUMAN)) == ["unchanged Human bob"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("email: bob@example.com", "email: eve@example.com", "is bob@example.com in the server"),
        ("{email: bob@example.com}", "{}", "is bob@example.com in the server"),
    ],
)
def test_a_document_takes_over_nobodys_address(before: str, after: str, said: str) -> None:
    control = Control()
    control.apply(HUMAN)
    with pytest.raises(ManifestError, match=said):
        control.plan(HUMAN.replace(before, after))


def test_a_human_without_address_is_said_to_have_none() -> None:
    control = Control()
    control.apply(HUMAN.replace("{email: bob@example.com}", "{}"))
    with pytest.raises(ManifestError, match="is none in the server"):
        control.plan(HUMAN)
