"""Constraints hold exactly, or refuse: also where Python confuses what JSON does not."""

from datetime import UTC, datetime

import pytest

from remit.kernel.ids import ROOT_TENANT, AgentId, RemitId, ToolServerId
from remit.remits.constraints import ConstraintBroken, Held, OutsideRemit, hold, reach
from remit.remits.remit import AtMost, AuthorityEntry, OneOf, Remit, RemitState

MAIL = ToolServerId("tls_mail")
AT = datetime(2026, 1, 1, tzinfo=UTC)


def remit(*constraints):
    entry = AuthorityEntry(MAIL, {"send": constraints, "read": ()}, 0)
    return Remit(
        tenant=ROOT_TENANT,
        id=RemitId("rmt_1"),
        name="q3",
        agent=AgentId("agt_1"),
        purpose="billing",
        authority=(AuthorityEntry(ToolServerId("tls_a"), {"send": ()}, 0), entry),
        authority_hash="sha-256:x",
        not_before=AT,
        expires_at=AT,
        max_derivations=None,
        state=RemitState.ACTIVE,
        revision=1,
    )


def held(arguments, *constraints):
    return hold(reach(remit(*constraints), MAIL, "send"), arguments)


def test_what_holds_says_what_was_held():
    limit = AtMost("count", 3)
    evidence = held({"count": 3, "else": None}, limit)
    assert isinstance(evidence, Held)
    assert evidence.constraints == (limit,)
    assert evidence.reached.tool == "send"


def test_without_constraints_any_arguments_hold():
    assert held({}).constraints == ()


@pytest.mark.parametrize(("server", "tool"), [("tls_x", "send"), (MAIL, "sen"), (MAIL, "SEND")])
def test_a_remit_reaches_only_what_it_names(server, tool):
    with pytest.raises(OutsideRemit):
        reach(remit(), ToolServerId(server), tool)


@pytest.mark.parametrize(
    "value", [4, 4.0, 3.0, True, False, "3", None, [3], {"count": 3}, float("nan"), -0.0]
)
def test_at_most_is_about_integers_alone(value):
    with pytest.raises(ConstraintBroken):
        held({"count": value}, AtMost("count", 3))


@pytest.mark.parametrize("value", [3, 0, -7, -(2**53) + 1])
def test_at_most_holds_up_to_its_maximum(value):
    assert held({"count": value}, AtMost("count", 3))


@pytest.mark.parametrize("value", ["a", 1, False])
def test_one_of_holds_for_its_values(value):
    assert held({"x": value}, OneOf("x", ("a", 1, False)))


@pytest.mark.parametrize("value", ["A", "a ", "1", 1.0, True, 0, None, ["a"], {}])
def test_one_of_is_exact_in_type_and_value(value):
    with pytest.raises(ConstraintBroken):
        held({"x": value}, OneOf("x", ("a", 1, False)))


@pytest.mark.parametrize("constraint", [OneOf("x", ("a",)), AtMost("x", 1)])
@pytest.mark.parametrize("arguments", [{}, {"X": "a"}, {"y": {"x": "a"}}])
def test_a_missing_argument_is_refused(constraint, arguments):
    with pytest.raises(ConstraintBroken):
        held(arguments, constraint)


def test_every_constraint_must_hold():
    both = (OneOf("x", (1, 2, 3)), AtMost("x", 2))
    assert held({"x": 2}, *both)
    for value in (3, 0):
        with pytest.raises(ConstraintBroken):
            held({"x": value}, *both)


def test_the_wire_is_told_nothing_of_the_limits():
    with pytest.raises(ConstraintBroken) as refusal:
        held({"count": 4}, AtMost("count", 3))
    assert "3" not in refusal.value.description
    assert "4" not in refusal.value.detail
