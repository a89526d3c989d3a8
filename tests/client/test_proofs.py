"""Proofs as an agent makes them: each new, for one request, with the key it is bound to."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256

import jwt

from remit.client.proofs import ProofMaker
from remit.jose.keys import SigningKey
from remit.kernel.secret import Secret
from remit.testing.clock import START, FakeClock
from remit.testing.entropy import FakeEntropy

URL = "https://remit.example/tools/notes"
KEY = SigningKey.generate()


def maker() -> ProofMaker:
    return ProofMaker(KEY, FakeClock(), FakeEntropy())


def read(proof: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims, verified by another implementation with the key in the proof."""
    header = jwt.get_unverified_header(proof)
    key = jwt.PyJWK.from_json(json.dumps(header["jwk"]))
    options = {"verify_iat": False}
    claims = jwt.decode(proof, key, algorithms=["ES256"], options=options)
    return header, claims


def test_a_proof_is_for_one_method_and_one_url() -> None:
    header, claims = read(maker().make("POST", URL, None))
    assert header["typ"] == "dpop+jwt"
    assert set(claims) == {"jti", "htm", "htu", "iat"}
    assert (claims["htm"], claims["htu"]) == ("POST", URL)
    assert claims["iat"] == int(START.timestamp())


def test_a_proof_holds_no_private_key() -> None:
    header, _ = read(maker().make("POST", URL, None))
    assert isinstance(header["jwk"], dict)
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}


def test_a_nonce_is_repeated() -> None:
    _, claims = read(maker().make("POST", URL, "n-1"))
    assert claims["nonce"] == "n-1"


def test_a_proof_beside_a_token_names_its_hash() -> None:
    _, claims = read(maker().make("POST", URL, None, Secret("access")))
    digest = urlsafe_b64encode(sha256(b"access").digest()).rstrip(b"=").decode()
    assert claims["ath"] == digest


def test_no_two_proofs_are_alike() -> None:
    proofs = maker()
    made = [read(proofs.make("POST", URL, None))[1]["jti"] for _ in range(50)]
    assert len(set(made)) == 50
