"""Explanations: every code has one, and it says what would be needed."""

import re

import pytest

from remit.policy import decision
from remit.policy.decision import Denied
from remit.policy.explain import Check, explain

CODES = re.findall(r"`(\w+)`", (decision.Denied.__doc__ or "").partition("Codes:")[2])


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_a_refusal_is_explained(code):
    explanation = explain(Denied(code, "because"))
    assert (explanation.code, explanation.detail) == (code, "because")
    assert explanation.needed.endswith(".")


def test_a_forbid_and_the_want_of_a_permit_are_told_apart():
    forbidden = explain(Denied("policy", "d", ("guard.pii",)))
    unpermitted = explain(Denied("policy", "d"))
    assert (forbidden.check, unpermitted.check) == (Check.POLICIES, Check.POLICIES)
    assert forbidden.policies == ("guard.pii",)
    assert forbidden.needed != unpermitted.needed


def test_a_code_that_nobody_knows_is_still_a_refusal_by_policy():
    assert explain(Denied("of tomorrow", "d")).check is Check.POLICIES
