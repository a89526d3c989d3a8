"""Whatever is presented (proof, assertion, token, discovery document) is refused by its name."""

import asyncio
import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.identity.federation.discovery import parse_discovery
from remit.identity.federation.oidc import AssertionVerifier
from remit.identity.proof.dpop import ProofTarget, ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.identity.proof.replay import REMEMBER_IN, ReplayWindow
from remit.jose.claims import SignedClaims
from remit.jose.key_cache import KeyCache
from remit.jose.keys import KeySet, SigningKey
from remit.kernel.errors import RemitError
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.oauth import InvalidDPoPProof, InvalidGrant, InvalidToken, UseDPoPNonce
from remit.tokens.access_token import decode_claims, encode_claims
from remit.tokens.verification import AccessTokenVerifier
from tests.identity.fakes import ISSUER as FORGE
from tests.identity.fakes import Counted, StillClock, directory, proof_of
from tests.tokens.fakes import CLAIMS, ISSUER, token_keys

KEY = SigningKey.generate("ES256")
CLOCK = StillClock()
TARGET = ProofTarget("POST", "https://remit.example/token", "a" * 43)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["alg", "typ", "kid", "jwk", "crit", "kty", "crv", "x", "y", "d", "x5c"]
CLAIM_NAMES = [
    "jti", "htm", "htu", "iat", "exp", "nbf", "ath", "nonce", "iss", "sub", "aud", "cnf", "epochs",
]  # fmt: skip
VALUES = ["ES256", "dpop+jwt", "at+jwt", "JWT", "POST", TARGET.url, FORGE.issuer, "P-256", "EC"]


def members(names):
    return st.dictionaries(
        st.sampled_from(names) | st.text(max_size=3), st.sampled_from(VALUES) | anything
    )


def part(value):
    text = json.dumps(value).encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


jwts = st.one_of(
    st.text(),
    st.text("abcAB01-_.="),
    st.tuples(
        anything | members(NAMES), anything | members(CLAIM_NAMES), st.binary(max_size=70)
    ).map(
        lambda parts: (
            f"{part(parts[0])}.{part(parts[1])}."
            + base64.urlsafe_b64encode(parts[2]).rstrip(b"=").decode()
        )
    ),
)


def signed(header, claims):
    text = f"{part(header)}.{part(claims)}"
    signature = base64.urlsafe_b64encode(KEY.sign(text.encode())).rstrip(b"=").decode()
    return f"{text}.{signature}"


class Keys:
    async def load(self, issuer, kid):
        return KeySet((KEY.public,))


def verify_proof(proof):
    nonces = Nonces.of_process(Counted(), CLOCK)
    ProofVerifier(nonces, CLOCK, keys=KeyCache(), nonce_required=True).verify([proof], TARGET)


def verify_assertion(assertion):
    audiences = frozenset({"https://remit.example"})
    verifier = AssertionVerifier(directory(), Keys(), CLOCK, audiences)
    asyncio.run(verifier.verify(ROOT_TENANT, assertion))


def verify_token(compact):
    AccessTokenVerifier(token_keys(), ISSUER, CLOCK).verify(compact)


@given(jwts)
def test_no_text_is_a_proof_or_anything_but_refused(text):
    with pytest.raises((InvalidDPoPProof, UseDPoPNonce)):
        verify_proof(text)


@given(members(CLAIM_NAMES))
def test_no_signed_claims_are_anything_but_a_proof_or_refused(claims):
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": dict(KEY.public.members)}
    with pytest.raises((InvalidDPoPProof, UseDPoPNonce)):
        verify_proof(signed(header, claims))


@given(anything | members(NAMES))
def test_no_key_in_a_header_is_anything_but_a_key_or_refused(jwk):
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}
    with pytest.raises(InvalidDPoPProof):
        verify_proof(signed(header, {}))


@given(jwts)
@settings(max_examples=50)
def test_no_text_is_an_assertion_or_anything_but_refused(text):
    with pytest.raises(InvalidGrant):
        verify_assertion(text)


@given(members(CLAIM_NAMES))
@settings(max_examples=50)
def test_no_signed_claims_of_an_issuer_are_anything_but_refused(claims):
    with pytest.raises(InvalidGrant):
        verify_assertion(signed({"alg": "ES256"}, {"iss": FORGE.issuer, **claims}))


@given(jwts)
def test_no_text_is_an_access_token_or_anything_but_refused(text):
    with pytest.raises(InvalidToken):
        verify_token(text)


@given(st.sampled_from(sorted(encode_claims(CLAIMS))), anything)
def test_claims_of_ours_with_one_changed_are_read_or_refused(name, value):
    with suppress(RemitError):
        decode_claims(SignedClaims({**encode_claims(CLAIMS), name: value}))


@given(st.binary() | anything.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_are_a_discovery_document_or_anything_but_refused(body):
    with pytest.raises(RemitError):
        parse_discovery(body, FORGE)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0, 3 * REMEMBER_IN)), max_size=30
    )
)
def test_a_proof_is_never_accepted_twice_within_its_time(uses):
    clock = StillClock()
    window = ReplayWindow(clock)
    last: dict[str, float] = {}
    for jti, pause in uses:
        clock.pass_(pause)
        try:
            window.claim(proof_of(jti))
        except InvalidDPoPProof:
            assert jti in last
        else:
            assert jti not in last or clock.monotonic() - last[jti] >= REMEMBER_IN
            last[jti] = clock.monotonic()
