"""Why: what a record of a refusal means, and what somebody could do about it."""

from collections.abc import Mapping
from typing import Any

from remit.policy.decision import Denied
from remit.policy.explain import explain as explain_denial

# Refusals that no policy made; those that one made explain themselves in `policy/explain.py`.
_ERRORS = {
    "invalid_grant": "The platform's assertion was not accepted, or the agent or remit is stopped.",
    "invalid_target": "No active remit of this agent covers the resource, or several do.",
    "invalid_dpop_proof": "The proof of possession was missing, replayed, or for something else.",
    "invalid_token": "The token has expired, is for another audience or key, or died with a stop.",
    "access_denied": "A stop is in force on the path; `remit stops` lists them.",
    "call_cut": "The call was under way when something on its path was stopped.",
    "credential_echoed": "The upstream's reply held the injected credential, and was withheld.",
}


def explain(record: Mapping[str, Any]) -> str:
    """A few sentences for a person; the record itself has the particulars."""
    reason = str(record.get("reason") or "")
    code = record.get("code")
    if isinstance(code, str):
        policies = tuple(str(policy) for policy in record.get("policies", ()))
        explained = explain_denial(Denied(code, reason, policies))
        by = f" Policies: {', '.join(explained.policies)}." if explained.policies else ""
        return f"Refused by the {explained.check.value} check: {reason}.{by} {explained.needed}"
    meaning = _ERRORS.get(str(record.get("error")))
    if meaning is not None:
        return f"{meaning} Particulars: {reason}." if reason else meaning
    return f"A record of type {record.get('type')}; see docs/reference/events.md. {reason}".strip()
