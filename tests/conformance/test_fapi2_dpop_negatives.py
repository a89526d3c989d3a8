"""What FAPI 2.0's certification tries with DPoP proofs (its DPoP negative tests, nbf and exp, iat).

PyJWT makes the proofs: a second implementation, that does not share our encoder.
"""

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from remit.identity.proof.dpop import ProofTarget, ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.jose.key_cache import KeyCache
from remit.kernel.oauth import InvalidDPoPProof
from tests.identity.fakes import NOW, Counted, StillClock, seconds

URL = "https://remit.example/token"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
AT = seconds(NOW)


def public_jwk(key: Any) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if key is RSA_KEY else jwt.algorithms.ECAlgorithm
    return dict(json.loads(algorithm.to_jwk(key.public_key())))


def proof(key: Any = EC_KEY, alg: str = "ES256", header: Any = None, **changes: Any) -> str:
    claims = {"jti": "one", "htm": "POST", "htu": URL, "iat": AT, **changes}
    said = {name: value for name, value in claims.items() if value is not None}
    stated = {"typ": "dpop+jwt", "jwk": public_jwk(key if key in (EC_KEY, RSA_KEY) else EC_KEY)}
    return jwt.encode(said, key, algorithm=alg, headers={**stated, **(header or {})})


def verify(*proofs: str, ath: str | None = None) -> str:
    clock = StillClock()
    verifier = ProofVerifier(
        Nonces.of_process(Counted(), clock), clock, keys=KeyCache(), nonce_required=False
    )
    return verifier.verify(proofs, ProofTarget("POST", URL, ath)).jkt


def test_happy_flow_names_the_rfc_7638_thumbprint() -> None:
    jwk = public_jwk(EC_KEY)
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    text = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    expected = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
    assert verify(proof()) == expected


@pytest.mark.parametrize("offset", [-10, 10], ids=["10 s ago", "in 10 s"])
def test_iat_within_ten_seconds_succeeds(offset: int) -> None:
    verify(proof(iat=AT + offset))


NEGATIVES: dict[str, str] = {
    "MissingTyp": proof(header={"typ": None}),
    "InvalidTyp": proof(header={"typ": "JWT"}),
    "AlgNone": proof(None, "none", header={"jwk": public_jwk(EC_KEY)}),
    "SymmetricAlg": proof("k" * 32, "HS256"),
    "SignedWithRS256": proof(RSA_KEY, "RS256"),
    "MissingJwk": jwt.encode({"jti": "one"}, EC_KEY, "ES256", headers={"typ": "dpop+jwt"}),
    "PrivateKeyInJwk": proof(header={"jwk": json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY))}),
    "OctetKeyInJwk": proof(header={"jwk": {"kty": "oct", "k": "AAAA"}}),
    "SignatureOfAnotherKey": proof(OTHER_KEY, header={"jwk": public_jwk(EC_KEY)}),
    "MissingJti": proof(jti=None),
    "MissingHtm": proof(htm=None),
    "InvalidHtm": proof(htm="GET"),
    "MissingHtu": proof(htu=None),
    "InvalidHtu": proof(htu="https://remit.example/other"),
    "MissingIat": proof(iat=None),
    "IatTooOld": proof(iat=AT - 61),
    "IatInTheFuture": proof(iat=AT + 61),
    "ExpInThePast": proof(exp=AT - 300),
    "NbfInTheFuture": proof(nbf=AT + 300),
}


@pytest.mark.parametrize("name", NEGATIVES)
def test_dpop_negative(name: str) -> None:
    with pytest.raises(InvalidDPoPProof):
        verify(NEGATIVES[name])


def test_dpop_proof_twice_in_a_request_fails() -> None:
    with pytest.raises(InvalidDPoPProof):
        verify(proof(), proof())


@pytest.mark.parametrize("ath", [None, "x" * 43], ids=["missing", "wrong"])
def test_dpop_proof_without_the_access_tokens_hash_fails(ath: str | None) -> None:
    with pytest.raises(InvalidDPoPProof):
        verify(proof(ath=ath), ath="y" * 43)
