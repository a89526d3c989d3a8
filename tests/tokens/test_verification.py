from dataclasses import replace
from datetime import timedelta

import pytest

from remit.identity.evidence import Unbound
from remit.identity.proof.dpop import VerifiedProof
from remit.jose.encoding import sha256_base64url
from remit.jose.keys import SigningKey
from remit.kernel.oauth import InvalidToken
from remit.tokens.access_token import AccessTokenIssuer, encode_claims
from remit.tokens.claims import VerifiedToken
from remit.tokens.verification import LEEWAY, MAX_TOKEN_BYTES, AccessTokenVerifier, check_token
from tests.identity.fakes import NOW, StillClock, sign
from tests.tokens.fakes import AT_JWT, AUDIENCE, CLAIMS, FIRST, ISSUER, JKT, SECOND, token_keys

STRANGER = SigningKey.generate("ES256")
PROOF = VerifiedProof(JKT, "one", NOW)


class Resource:
    """Who verifies our tokens, and who signs them."""

    def __init__(self, capacity=100):
        self.clock = StillClock()
        self.keys = token_keys()
        self.verifier = AccessTokenVerifier(self.keys, ISSUER, self.clock, capacity)

    def compact(self, **changes):
        return AccessTokenIssuer(self.keys).sign(replace(CLAIMS, **changes))

    def forged(self, key=FIRST, header=None, **claims):
        stated = {"alg": "ES256", "kid": FIRST.kid, "typ": "at+jwt", **(header or {})}
        stated = {name: value for name, value in stated.items() if value is not None}
        return sign(stated, {**encode_claims(CLAIMS), **claims}, key)

    def refuses(self, compact):
        with pytest.raises(InvalidToken):
            self.verifier.verify(compact)


@pytest.fixture
def resource():
    return Resource()


def test_a_token_of_ours_is_what_it_says(resource):
    compact = resource.compact()
    verified = resource.verifier.verify(compact)
    assert verified == VerifiedToken(CLAIMS, sha256_base64url(compact.encode()))
    assert resource.verifier.verify(resource.forged()).claims == CLAIMS


@pytest.mark.parametrize("garbage", ["", "a", "a.b.c", "..", "é", "\ud800", "e30.e30.AA"])
def test_garbage_is_refused(resource, garbage):
    resource.refuses(garbage)


def test_a_huge_token_is_refused(resource):
    resource.refuses("x" * (MAX_TOKEN_BYTES + 1))
    resource.refuses(resource.forged(padding="x" * MAX_TOKEN_BYTES))


@pytest.mark.parametrize("typ", [None, "JWT", "dpop+jwt", "id+jwt", "at+jwt2"])
def test_a_jwt_of_another_type_is_refused(resource, typ):
    resource.refuses(resource.forged(header={"typ": typ}))


def test_the_long_name_of_the_type_is_as_good(resource):
    resource.verifier.verify(resource.forged(header={"typ": "application/AT+JWT"}))


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES384", "EdDSA", None])
def test_another_algorithm_is_refused(resource, alg):
    resource.refuses(resource.forged(header={"alg": alg}))


@pytest.mark.parametrize("kid", [None, STRANGER.kid, "unknown"], ids=range(3))
def test_a_key_that_is_not_ours_is_refused(resource, kid):
    resource.refuses(resource.forged(STRANGER, header={"kid": kid}))


def test_a_strangers_signature_under_our_name_is_refused(resource):
    resource.refuses(resource.forged(STRANGER))
    resource.refuses(resource.forged(STRANGER, header={"jwk": STRANGER.public.members}))


def test_a_token_in_anothers_name_is_refused(resource):
    resource.refuses(resource.forged(iss="https://other.example"))
    resource.refuses(resource.forged(iss="https://remit.example/"))


def test_a_changed_token_is_refused_though_the_good_one_is_cached(resource):
    compact = resource.compact()
    resource.verifier.verify(compact)
    header, _, signature = compact.split(".")
    claims = resource.forged(aud="https://remit.example/tools/other").split(".")[1]
    resource.refuses(f"{header}.{claims}.{signature}")
    resource.refuses(compact + "A")
    resource.refuses(compact + "=")


# --- the cache ---


def test_only_what_was_proved_is_kept(resource):
    resource.refuses(resource.forged(STRANGER))
    resource.refuses("a.b.c")
    assert len(resource.verifier) == 0


def test_a_cached_token_is_the_same_evidence(resource):
    compact = resource.compact()
    assert resource.verifier.verify(compact) is resource.verifier.verify(compact)
    assert len(resource.verifier) == 1


def test_the_cache_is_bounded_and_keeps_what_is_used():
    resource = Resource(capacity=2)
    used = resource.compact()
    kept = resource.verifier.verify(used)
    for number in range(5):
        resource.verifier.verify(resource.compact(token=f"tok_{number}"))
        assert resource.verifier.verify(used) is kept
    assert len(resource.verifier) == 2


def test_a_cached_token_ends_when_it_says(resource):
    compact = resource.compact()
    resource.verifier.verify(compact)
    resource.clock.pass_(300)
    resource.refuses(compact)
    assert len(resource.verifier) == 0


def test_an_expired_token_is_not_kept(resource):
    compact = resource.compact()
    resource.clock.pass_(300)
    resource.refuses(compact)
    assert len(resource.verifier) == 0


def test_tainting_a_key_refuses_its_cached_tokens(resource):
    compact = resource.compact()
    resource.verifier.verify(compact)
    resource.keys.taint(FIRST.kid)
    resource.refuses(compact)
    assert len(resource.verifier) == 0


def test_a_retiring_key_is_believed_until_it_is_retired(resource):
    compact = resource.compact()
    resource.verifier.verify(compact)
    resource.keys.prepare(AT_JWT, SECOND)
    resource.keys.activate(AT_JWT)
    resource.verifier.verify(compact)
    resource.verifier.verify(resource.compact())
    resource.keys.retire(AT_JWT, FIRST.kid)
    resource.refuses(compact)


# --- every call ---


def check(presented=PROOF, audience=AUDIENCE, after=timedelta(0), **changes):
    verified = VerifiedToken(replace(CLAIMS, **changes), "f")
    return check_token(verified, audience=audience, now=NOW + after, presented=presented)


def test_a_token_is_good_here_and_now_with_its_key():
    assert check().claims == CLAIMS
    assert check(Unbound(), jkt=None).claims.jkt is None


@pytest.mark.parametrize(
    "audience",
    ["https://remit.example/tools/other", AUDIENCE + "/", AUDIENCE.upper(), "", ISSUER],
)
def test_a_token_for_another_audience_is_refused(audience):
    with pytest.raises(InvalidToken):
        check(audience=audience)


def test_a_token_is_not_good_a_moment_too_long():
    check(after=timedelta(seconds=299))
    with pytest.raises(InvalidToken):
        check(after=timedelta(seconds=300))


def test_a_token_of_the_future_is_refused():
    check(after=-LEEWAY)
    with pytest.raises(InvalidToken):
        check(after=-LEEWAY - timedelta(seconds=1))


def test_a_bound_token_as_a_bearers_is_refused():
    with pytest.raises(InvalidToken):
        check(Unbound())


def test_a_bound_token_with_anothers_proof_is_refused():
    with pytest.raises(InvalidToken):
        check(VerifiedProof("k" * 43, "one", NOW))


def test_an_unbound_token_with_a_proof_is_refused():
    with pytest.raises(InvalidToken):
        check(jkt=None)
