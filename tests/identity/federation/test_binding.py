from dataclasses import replace

import pytest

from remit.identity.federation.binding import match_binding
from remit.kernel.ids import BindingId, TenantId, TrustIssuerId
from remit.kernel.oauth import InvalidGrant
from tests.identity.fakes import BINDING, ISSUER, another

CLAIMS = {"sub": "repo:acme/triage", "repository_id": "4711", "ref": "refs/heads/main"}


def test_all_claims_of_the_binding_must_be_there():
    assert match_binding(CLAIMS, ISSUER, [BINDING], None) is BINDING


@pytest.mark.parametrize(
    "changed",
    [
        {"repository_id": "4712"},
        {"repository_id": 4711},
        {"repository_id": ["4711"]},
        {"repository_id": {"4711": True}},
        {"repository_id": True},
        {"repository_id": None},
        {"repository_id": ""},
        {"repository_id": "4711 "},
        {"sub": "repo:acme/TRIAGE"},
        {"sub": "repo:acme/triage:ref:refs/heads/main"},
        {"sub": "repo:acme/triag"},
    ],
    ids=str,
)
def test_a_claim_that_is_not_exactly_that_text_does_not_match(changed):
    with pytest.raises(InvalidGrant):
        match_binding({**CLAIMS, **changed}, ISSUER, [BINDING], None)


@pytest.mark.parametrize("absent", ["sub", "repository_id"])
def test_an_absent_claim_does_not_match(absent):
    claims = {name: value for name, value in CLAIMS.items() if name != absent}
    with pytest.raises(InvalidGrant):
        match_binding(claims, ISSUER, [BINDING], None)


@pytest.mark.parametrize(("number", "text"), [(1, "1"), (True, "true"), (True, "True"), (1.0, "1")])
def test_a_number_or_a_boolean_never_equals_a_text(number, text):
    binding = replace(BINDING, claims={"sub": "a", "run": text})
    with pytest.raises(InvalidGrant):
        match_binding({"sub": "a", "run": number}, ISSUER, [binding], None)


def test_there_are_no_patterns():
    binding = replace(BINDING, claims={"sub": "repo:acme/*"})
    with pytest.raises(InvalidGrant):
        match_binding(CLAIMS, ISSUER, [binding], None)


def test_two_bindings_that_match_are_none():
    bindings = [BINDING, another(BINDING, 2, claims={"sub": "repo:acme/triage"})]
    with pytest.raises(InvalidGrant, match="2 bindings"):
        match_binding(CLAIMS, ISSUER, bindings, None)


def test_a_request_may_name_which_of_two_it_means():
    second = another(BINDING, 2, claims={"sub": "repo:acme/triage"})
    assert match_binding(CLAIMS, ISSUER, [BINDING, second], second.id) is second


def test_a_named_binding_must_match_as_well():
    second = another(BINDING, 2, claims={"sub": "repo:acme/deploy"})
    with pytest.raises(InvalidGrant):
        match_binding(CLAIMS, ISSUER, [BINDING, second], second.id)


@pytest.mark.parametrize("named", ["", "bnd_elsewhere"])
def test_a_name_that_nobody_has_matches_nothing(named):
    with pytest.raises(InvalidGrant):
        match_binding(CLAIMS, ISSUER, [BINDING], BindingId(named))


@pytest.mark.parametrize(
    "binding",
    [
        replace(BINDING, retired=True),
        replace(BINDING, claims={}),
        replace(BINDING, issuer=TrustIssuerId("iss_other")),
        replace(BINDING, tenant=TenantId("ten_other")),
    ],
    ids=["retired", "empty", "another issuer's", "another tenant's"],
)
def test_a_binding_that_is_not_for_this_matches_nothing(binding):
    with pytest.raises(InvalidGrant):
        match_binding(CLAIMS, ISSUER, [binding], None)
    with pytest.raises(InvalidGrant):
        match_binding(CLAIMS, ISSUER, [binding], binding.id)
