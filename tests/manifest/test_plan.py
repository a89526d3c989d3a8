"""Plans: what changes is told in one line, and what is referred to must be there."""

import pytest

from remit.manifest.plan import (
    Change,
    References,
    create,
    describe_difference,
    unchanged,
    update,
)
from remit.manifest.yaml import ManifestError
from tests.manifest.scene import AGENT, HUMAN, ISSUER, read


async def act(by: object) -> None:
    """What a step would do."""


def test_what_is_equal_is_no_difference() -> None:
    assert describe_difference({"a": 1, "b": None}, {"a": 1, "b": None}) == ""


def test_a_difference_names_the_member_and_both_values() -> None:
    before = {"owner": "alice", "purposes": frozenset({"b", "a"}), "limit": None, "gone": 1}
    after = {"owner": "bob", "purposes": frozenset(), "limit": 5}
    assert describe_difference(before, after) == (
        "owner: alice -> bob; purposes: a,b -> none; limit: none -> 5"
    )


def test_a_long_value_is_cut() -> None:
    said = describe_difference({"text": "x" * 5000}, {"text": "y" * 5000})
    assert len(said) < 150


def test_true_is_not_one_and_a_new_member_is_a_difference() -> None:
    assert describe_difference({}, {"a": 0}) == "a: none -> 0"


def test_a_step_says_what_it_is_about_and_unchanged_ones_do_nothing() -> None:
    (declared,) = read(HUMAN)
    made, changed, kept = (
        create(declared, "x", act),
        update(declared, "y", act),
        unchanged(declared),
    )
    assert [each.change for each in (made, changed, kept)] == list(Change)
    assert {(each.kind, each.name) for each in (made, changed, kept)} == {("Human", "bob")}
    assert kept.perform is None
    assert "act" not in repr(made)


def test_a_reference_to_nothing_is_refused_at_its_line() -> None:
    (declared,) = read(AGENT)
    references = References([declared])
    with pytest.raises(ManifestError, match=r"^test\.yaml:6: Agent ada: there is no Human .*'eve'"):
        references.check(declared, ("spec", "owner"), "Human", "eve", None)


def test_a_reference_is_good_if_the_server_or_the_manifest_has_it() -> None:
    agent, human, issuer = read(f"{AGENT}---{HUMAN}---{ISSUER}")
    references = References([agent, human])
    assert references.check(agent, ("spec", "owner"), "Human", "bob", None) == "bob"
    assert references.check(agent, ("spec", "owner"), "Human", "eve", object()) == "eve"
    with pytest.raises(ManifestError):
        references.check(agent, ("spec", "owner"), "Agent", "bob", None)
    assert references.find("Human", "bob") is human.document
    assert references.find("TrustIssuer", issuer.document.name) is None
