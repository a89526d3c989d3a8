from datetime import timedelta

import pytest

from remit.identity.proof.dpop import (
    ACCEPTANCE_IN,
    AHEAD_IN,
    MAX_JTI_LENGTH,
    PROOF_ALGORITHMS,
    ProofTarget,
    ProofVerifier,
)
from remit.identity.proof.nonces import NONCE_LIFE_IN, Nonces
from remit.jose.key_cache import KeyCache
from remit.jose.keys import SigningKey
from remit.kernel.canonical import canonicalize
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.oauth import InvalidDPoPProof, UseDPoPNonce
from tests.identity.fakes import NOW, Counted, StillClock, encode, seconds, sign

URL = "https://remit.example/tools/tickets"
ATH = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
TARGET = ProofTarget("POST", URL, ATH)
KEY = SigningKey.generate("ES256")
OTHER = SigningKey.generate("ES256")


class Presenter:
    """Makes proofs, good ones unless told otherwise, and has them verified."""

    def __init__(self):
        self.clock = StillClock()
        self.nonces = Nonces.of_process(Counted(), self.clock)
        self.nonce_required = True

    def claims(self, **changes):
        claims = {
            "jti": "one", "htm": "POST", "htu": URL, "iat": seconds(NOW), "ath": ATH,
            "nonce": self.nonces.current(), **changes,
        }  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def proof(self, key=KEY, header=None, **changes):
        members = {"typ": "dpop+jwt", "alg": key.algorithm, "jwk": key.public.members}
        stated = {**members, **(header or {})}
        stated = {name: value for name, value in stated.items() if value is not None}
        return sign(stated, self.claims(**changes), key)

    def verify(self, *proofs, target=TARGET):
        verifier = ProofVerifier(
            self.nonces, self.clock, keys=KeyCache(), nonce_required=self.nonce_required
        )
        return verifier.verify(proofs, target)

    def refuses(self, *proofs, target=TARGET, error=InvalidDPoPProof):
        with pytest.raises(error) as refused:
            self.verify(*proofs, target=target)
        assert type(refused.value) is error


@pytest.fixture
def presenter():
    return Presenter()


@pytest.mark.parametrize("algorithm", PROOF_ALGORITHMS)
def test_a_good_proof_names_its_key(presenter, algorithm):
    key = SigningKey.generate(algorithm)
    proof = presenter.verify(presenter.proof(key))
    assert (proof.jkt, proof.jti, proof.issued_at) == (key.kid, "one", NOW)


# --- section 4.3 (1) to (3): one header field, one well-formed JWT, all claims ---


def test_no_proof_is_refused(presenter):
    presenter.refuses()


def test_two_proofs_are_refused(presenter):
    presenter.refuses(presenter.proof(), presenter.proof(jti="two"))


def test_two_proofs_in_one_field_are_refused(presenter):
    presenter.refuses(presenter.proof() + ", " + presenter.proof(jti="two"))


@pytest.mark.parametrize("garbage", ["", "a", "a.b.c", "..", "....", "\ud800.é.x", "e30.e30.AA"])
def test_garbage_is_refused(presenter, garbage):
    presenter.refuses(garbage)


def test_a_huge_proof_is_refused(presenter):
    presenter.refuses(presenter.proof(padding="x" * 8192))


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat", "ath"])
def test_a_proof_without_a_claim_is_refused(presenter, name):
    presenter.refuses(presenter.proof(**{name: None}))


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat", "ath", "nonce"])
@pytest.mark.parametrize("value", [True, [], {}, ""])
def test_a_claim_of_the_wrong_type_is_refused(presenter, name, value):
    presenter.refuses(presenter.proof(**{name: value}))


def test_a_jti_of_any_length_is_refused(presenter):
    presenter.verify(presenter.proof(jti="x" * MAX_JTI_LENGTH))
    presenter.refuses(presenter.proof(jti="x" * (MAX_JTI_LENGTH + 1)))


# --- (4) to (7): type, algorithm, key, signature ---


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "dpop", "dpop+jwt2"])
def test_a_jwt_of_another_type_is_refused(presenter, typ):
    presenter.refuses(presenter.proof(header={"typ": typ}))


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "PS256", "ES512", "es256", None])
def test_an_algorithm_that_is_not_allowed_is_refused(presenter, alg):
    presenter.refuses(presenter.proof(header={"alg": alg}))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_a_proof_signed_with_rsa_is_refused(presenter, algorithm):
    presenter.refuses(presenter.proof(SigningKey.generate(algorithm)))


def test_an_algorithm_of_another_kind_of_key_is_refused(presenter):
    presenter.refuses(presenter.proof(header={"alg": "EdDSA"}))


def test_a_proof_without_a_key_is_refused(presenter):
    presenter.refuses(presenter.proof(header={"jwk": None}))
    presenter.refuses(presenter.proof(header={"jwk": None, "kid": KEY.kid}))


@pytest.mark.parametrize("member", ["d", "k", "p"])
def test_a_key_with_private_members_is_refused(presenter, member):
    presenter.refuses(presenter.proof(header={"jwk": {**KEY.public.members, member: "AA"}}))


def test_a_symmetric_key_is_refused(presenter):
    presenter.refuses(presenter.proof(header={"jwk": {"kty": "oct", "k": "AAAA"}}))


@pytest.mark.parametrize("jwk", ["a", [], {}, {"kty": "EC"}, {"kty": "EC", "crv": "P-521"}])
def test_what_is_no_key_is_refused(presenter, jwk):
    presenter.refuses(presenter.proof(header={"jwk": jwk}))


def test_a_point_off_the_curve_is_refused(presenter):
    off = {**KEY.public.members, "y": OTHER.public.members["y"]}
    presenter.refuses(presenter.proof(header={"jwk": off}))


def test_a_proof_signed_with_another_key_is_refused(presenter):
    presenter.refuses(presenter.proof(header={"jwk": OTHER.public.members}))


def test_a_proof_that_was_changed_is_refused(presenter):
    header, _, signature = presenter.proof().split(".")
    claims = encode(canonicalize(presenter.claims(jti="two")))
    presenter.refuses(f"{header}.{claims}.{signature}")


def test_a_critical_extension_is_refused(presenter):
    presenter.refuses(presenter.proof(header={"crit": ["exp"], "exp": 1}))


# --- (8), (9): method and URL ---


@pytest.mark.parametrize("htm", ["GET", "post", "POST ", "PUT"])
def test_a_proof_for_another_method_is_refused(presenter, htm):
    presenter.refuses(presenter.proof(htm=htm))


@pytest.mark.parametrize(
    "htu",
    [
        "https://remit.example/tools/other",
        "https://remit.example/tools/tickets/",
        "https://remit.example/tools",
        "http://remit.example/tools/tickets",
        "https://evil.example/tools/tickets",
        "https://remit.example:8443/tools/tickets",
        "https://remit.example@evil.example/tools/tickets",
        "https://remit.example/tools/%2574ickets",
        "/tools/tickets",
        "remit.example/tools/tickets",
        "https://",
        "not a URL",
    ],
)
def test_a_proof_for_another_url_is_refused(presenter, htu):
    presenter.refuses(presenter.proof(htu=htu))


@pytest.mark.parametrize(
    "htu",
    [
        "HTTPS://Remit.EXAMPLE/tools/tickets",
        "https://remit.example:443/tools/tickets",
        "https://remit.example/tools/%74ickets",
        "https://remit.example/tools/./x/../tickets",
        "https://remit.example/tools/tickets?page=2",
        "https://remit.example/tools/tickets#part",
    ],
)
def test_a_url_is_compared_in_its_normal_form_without_query(presenter, htu):
    presenter.verify(presenter.proof(htu=htu))


# --- (10), (11): time and nonce ---


@pytest.mark.parametrize("offset", [-ACCEPTANCE_IN, -10, 0, AHEAD_IN])
def test_a_proof_of_a_clock_that_is_nearly_right_is_accepted(presenter, offset):
    presenter.verify(presenter.proof(iat=seconds(NOW) + offset))


@pytest.mark.parametrize("offset", [-3600, -ACCEPTANCE_IN - 1, AHEAD_IN + 1, 3600])
def test_a_proof_that_is_not_of_now_is_refused(presenter, offset):
    presenter.refuses(presenter.proof(iat=seconds(NOW) + offset))


@pytest.mark.parametrize("iat", ["1", -1, 0.5, 1e300, 253402300800, 2**53 - 1])
def test_an_issue_time_that_is_no_time_is_refused(presenter, iat):
    presenter.refuses(presenter.proof(iat=iat))


def test_a_proof_that_is_not_yet_valid_is_refused(presenter):
    presenter.verify(presenter.proof(nbf=seconds(NOW) + AHEAD_IN))
    presenter.refuses(presenter.proof(nbf=seconds(NOW) + 300))


def test_a_proof_that_has_expired_is_refused(presenter):
    presenter.verify(presenter.proof(exp=seconds(NOW) + 5))
    presenter.refuses(presenter.proof(exp=seconds(NOW) - AHEAD_IN))


def test_a_proof_without_the_nonce_is_told_to_use_it(presenter):
    presenter.refuses(presenter.proof(nonce=None), error=UseDPoPNonce)


def test_a_proof_with_an_old_nonce_is_told_to_use_a_new_one(presenter):
    proof = presenter.proof(iat=seconds(NOW + timedelta(seconds=NONCE_LIFE_IN)))
    presenter.clock.pass_(NONCE_LIFE_IN)
    presenter.refuses(proof, error=UseDPoPNonce)


def test_a_nonce_of_another_server_is_refused_even_where_none_is_asked_for(presenter):
    presenter.nonce_required = False
    presenter.verify(presenter.proof(nonce=None))
    presenter.refuses(presenter.proof(nonce="elsewhere"), error=UseDPoPNonce)


def test_only_a_proof_that_is_otherwise_good_is_told_about_the_nonce(presenter):
    presenter.refuses(presenter.proof(nonce=None, htm="GET"))


# --- (12): the access token ---


def test_a_proof_for_another_access_token_is_refused(presenter):
    presenter.refuses(presenter.proof(ath="x" * 43))


def test_the_token_endpoint_asks_for_no_access_token(presenter):
    target = ProofTarget("POST", URL, None)
    presenter.verify(presenter.proof(ath=None), target=target)


# --- the single use ---


def test_the_claim_outlives_the_proof(presenter):
    issued = NOW + timedelta(seconds=AHEAD_IN)
    proof = presenter.verify(presenter.proof(iat=seconds(issued)))
    claim = proof.confirm(ROOT_TENANT).claim
    assert claim.space == f"dpop:{KEY.kid}"
    assert claim.key == "one"
    presenter.clock.pass_((claim.until - NOW).total_seconds())
    presenter.refuses(presenter.proof(iat=seconds(issued)))


def test_verifying_twice_is_not_yet_a_replay(presenter):
    # What is a replay is decided where the request is known to be good otherwise.
    proof = presenter.proof()
    assert presenter.verify(proof) == presenter.verify(proof)
