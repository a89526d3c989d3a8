from dataclasses import replace
from datetime import timedelta

import pytest

from remit.jose.errors import InvalidClaims
from remit.jose.jws import parse_unverified, verify
from remit.kernel.errors import Unavailable
from remit.tokens.access_token import AccessTokenIssuer, decode_claims, encode_claims
from remit.tokens.keys import TokenKeys
from tests.identity.fakes import NOW, seconds
from tests.tokens.fakes import CLAIMS, FIRST, JKT, token_keys

UNBOUND = replace(CLAIMS, jkt=None)


@pytest.mark.parametrize("claims", [CLAIMS, UNBOUND, replace(CLAIMS, epochs={})], ids=range(3))
def test_what_was_signed_is_read(claims):
    unverified = parse_unverified(AccessTokenIssuer(token_keys()).sign(claims))
    assert unverified.header.typ == "at+jwt"
    assert unverified.header.alg == "ES256"
    assert unverified.header.kid == FIRST.kid
    assert decode_claims(verify(unverified, FIRST.public, frozenset({"ES256"}))) == claims


def test_the_claims_are_those_of_the_standards():
    said = encode_claims(CLAIMS)
    assert said["iss"] == "https://remit.example"
    assert said["aud"] == CLAIMS.audience
    assert (said["sub"], said["client_id"], said["jti"]) == ("agt_triage", "bnd_triage", "tok_1")
    assert (said["iat"], said["exp"]) == (seconds(NOW), seconds(NOW) + 300)
    assert said["cnf"] == {"jkt": JKT}
    assert "cnf" not in encode_claims(UNBOUND)


@pytest.mark.parametrize(
    "lifetime",
    [timedelta(0), timedelta(seconds=-1), timedelta(seconds=601), timedelta(days=1)],
    ids=str,
)
def test_a_lifetime_that_nobody_may_give_is_not_signed(lifetime):
    with pytest.raises(ValueError, match="ten minutes"):
        AccessTokenIssuer(token_keys()).sign(replace(CLAIMS, expires_at=NOW + lifetime))


def test_without_a_key_nothing_is_signed():
    with pytest.raises(Unavailable):
        AccessTokenIssuer(TokenKeys({})).sign(CLAIMS)


@pytest.mark.parametrize("name", sorted(encode_claims(UNBOUND)))
def test_a_claim_that_is_absent_is_refused(name):
    said = {key: value for key, value in encode_claims(CLAIMS).items() if key != name}
    with pytest.raises(InvalidClaims):
        decode_claims(said)


@pytest.mark.parametrize("name", ["nbf", "scope", "act", "authorization_details", "x"])
def test_a_claim_that_this_version_does_not_know_is_refused(name):
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(CLAIMS), name: "restricts"})
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(UNBOUND), name: "restricts"})


@pytest.mark.parametrize("name", sorted(encode_claims(CLAIMS)))
@pytest.mark.parametrize("value", [None, True, [], ""], ids=repr)
def test_a_claim_of_the_wrong_type_is_refused(name, value):
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(CLAIMS), name: value})


@pytest.mark.parametrize("aud", [["a", "b"], [CLAIMS.audience, "b"]], ids=str)
def test_two_audiences_are_refused(aud):
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(CLAIMS), "aud": aud})


@pytest.mark.parametrize(
    "cnf",
    [{}, {"x5t#S256": JKT}, {"jkt": ""}, {"jkt": "short"}, {"jkt": None}, {"jkt": 1}],
    ids=str,
)
def test_a_binding_that_is_not_understood_is_not_taken_for_none(cnf):
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(CLAIMS), "cnf": cnf})


@pytest.mark.parametrize("epochs", [{"a": "1"}, {"a": True}, {"a": None}, {"a": 0.5}], ids=str)
def test_an_epoch_is_an_integer(epochs):
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(CLAIMS), "epochs": epochs})


@pytest.mark.parametrize("lifetime", [0, -1, 601])
def test_a_lifetime_that_is_never_given_is_not_believed(lifetime):
    with pytest.raises(InvalidClaims):
        decode_claims({**encode_claims(CLAIMS), "exp": seconds(NOW) + lifetime})
