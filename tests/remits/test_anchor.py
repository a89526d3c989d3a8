"""The integrity anchors of Mission-Bound Authorization for OAuth 2.0, by its own test vectors."""

import pytest

from remit.kernel.errors import Malformed
from remit.remits.anchor import anchor

ISSUER = "https://as.example.com"
ERP = {"type": "mission_resource_access", "resource": "https://erp.example.com"}
READ = {**ERP, "actions": ["invoices.read"]}
INTENT = {
    "goal": "Reconcile Q3 invoices",
    "resources": ["https://erp.example.com"],
    "expires_at": "2026-12-31T23:59:59Z",
}


def write(amount: str) -> dict[str, object]:
    limit = {"max_amount": {"amount": amount, "currency": "USD"}}
    return {**ERP, "actions": ["journal-entries.write"], "constraints": limit}


@pytest.mark.parametrize(
    ("typ", "value", "expected"),
    [
        ("mission-intent", INTENT, "6mIFoCz79uCHNzKLfBpBwqFjoFXdpmpuc65486IqimQ"),
        (
            "mission-intent",
            {**INTENT, "controls": {"acr": "urn:example:acr:mfa", "max_derivations": 20}},
            "DHUg4zS3HHnWtXlO6hu9sTN_jX4LyjZ4tOJiTDAvWAI",
        ),
        (
            "mission-authority-set",
            [READ, write("500.00")],
            "vUCCfjGulit9u0qJ0Z6pQSNerZtXMqRlfJNCr4PzLro",
        ),
        (
            "mission-authority-set",
            [
                {
                    **READ,
                    "delegation": {
                        "max_depth": 2,
                        "allowed_delegates": [{"sub_profile": "ai_agent"}, {"sub": "s6BhdRkqt3"}],
                    },
                }
            ],
            "notrA9wZaP3I5Gx8UzN0mfzUjHYPeX4Ri_B3ilh7BbA",
        ),
        (
            "mission-proposed-authority",
            [{**READ, "actions": ["invoices.*"]}, write("1000.00")],
            "udzftXYQy0pvYNxz4KgtmyL_EV8ry4DhIbBFfwILEBA",
        ),
    ],
)
def test_it_computes_what_the_draft_computed(typ, value, expected):
    assert anchor(typ, ISSUER, value) == f"sha-256:{expected}"


def test_kind_and_namespace_are_committed_to():
    anchors = {anchor(typ, issuer, {}) for typ in "ab" for issuer in "xy"}
    assert len(anchors) == 4


def test_what_has_no_canonical_form_has_no_anchor():
    with pytest.raises(Malformed):
        anchor("a", "b", float("nan"))
