"""A denial: a code for the agent, policies and detail for the log."""

from remit.policy.decision import Allowed, Denied


def test_a_denial_tells_the_wire_nothing_of_why() -> None:
    denied = Denied("policy", "forbidden by desk.secret-rule", ("desk.secret-rule",))
    assert (denied.code, denied.policies) == ("policy", ("desk.secret-rule",))
    assert "secret-rule" not in denied.description
    assert denied.detail == "forbidden by desk.secret-rule"


def test_an_allowance_names_its_policies_and_the_bundle_that_they_are_of() -> None:
    assert Allowed(("a", "b"), "sha256:0").policies == ("a", "b")
