"""What a refusal means: which check refused, by which policies, and what would be needed.

For `remit explain` and the audit's readers. An agent is told the code alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.policy.decision import Denied


class Check(StrEnum):
    """The checks of `authorize.py`, as a reader of the audit log knows them."""

    AGENT = "agent"
    REMIT = "remit"
    AUTHORITY = "authority"
    DEFINITION = "definition"
    CONSTRAINTS = "constraints"
    ARGUMENTS = "arguments"
    POLICIES = "policies"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One refusal, explained. `policies` are ids; `needed` is a sentence for a person."""

    code: str
    check: Check
    policies: tuple[str, ...]
    detail: str
    needed: str


_MEANING: Mapping[str, tuple[Check, str]] = {
    "agent_inactive": (
        Check.AGENT,
        "The agent must be active: activate or reinstate it.",
    ),
    "remit_inactive": (
        Check.REMIT,
        "The remit must be active and within its lifetime: activate it, or approve a new one.",
    ),
    "outside_remit": (
        Check.AUTHORITY,
        (
            "A remit of this agent must name this tool of this tool server, at this depth of "
            "delegation: revise the remit."
        ),
    ),
    "definition_changed": (
        Check.DEFINITION,
        "The tool is not as it was approved: review the difference, and pin it anew.",
    ),
    "constraint": (
        Check.CONSTRAINTS,
        (
            "The remit allows this tool with other arguments only: change the call, or revise the "
            "remit's constraints."
        ),
    ),
    "arguments_invalid": (
        Check.ARGUMENTS,
        "The arguments must fit the tool's pinned input schema, with nothing undeclared.",
    ),
    "unbound": (
        Check.POLICIES,
        (
            "The caller must prove the key that its token is bound to (DPoP or mutual TLS), or a "
            "policy must permit this without one."
        ),
    ),
    "policy_error": (
        Check.POLICIES,
        (
            "A policy could not be evaluated, and an error is never an allow: check that the "
            "policies fit the tool."
        ),
    ),
}
_FORBIDDEN = "The policies named here forbid it: no permit outweighs a forbid."
_UNPERMITTED = "No policy permits it: one must."


def explain(denied: Denied) -> Explanation:
    """The explanation of a refusal."""
    if denied.code in _MEANING:
        check, needed = _MEANING[denied.code]
    else:
        check, needed = Check.POLICIES, _FORBIDDEN if denied.policies else _UNPERMITTED
    return Explanation(denied.code, check, denied.policies, denied.detail, needed)
