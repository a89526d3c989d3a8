"""The examples of RFC 9449 (DPoP): proofs of sections 4.1 and 7.1, thumbprint of section 6.1."""

from datetime import UTC, datetime

import pytest

from remit.identity.proof.dpop import ProofTarget, ProofVerifier, VerifiedProof
from remit.identity.proof.nonces import Nonces
from remit.jose.encoding import sha256_base64url
from remit.jose.key_cache import KeyCache
from remit.kernel.oauth import InvalidDPoPProof
from tests.identity.fakes import Counted, StillClock

HEADER = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
)
AT_THE_TOKEN_ENDPOINT = (
    HEADER + ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLm"
    "V4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQ"
    "g4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
AT_THE_RESOURCE = (
    HEADER + ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS"
    "5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTN"
    "Fc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF"
    "8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
ACCESS_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
ISSUED_AT = 1562262616


def verify(proof: str, target: ProofTarget, at: int = ISSUED_AT) -> VerifiedProof:
    clock = StillClock(datetime.fromtimestamp(at, UTC))
    nonces = Nonces.of_process(Counted(), clock)
    verifier = ProofVerifier(nonces, clock, keys=KeyCache(), nonce_required=False)
    return verifier.verify([proof], target)


def test_the_proof_at_the_token_endpoint() -> None:
    proof = verify(AT_THE_TOKEN_ENDPOINT, ProofTarget("POST", "https://server.example.com/token"))
    assert (proof.jkt, proof.jti) == (JKT, "-BwC3ESc6acc2lTc")


def test_the_proof_at_the_protected_resource() -> None:
    ath = sha256_base64url(ACCESS_TOKEN.encode())
    target = ProofTarget("GET", "https://resource.example.org/protectedresource", ath)
    proof = verify(AT_THE_RESOURCE, target)
    assert (proof.jkt, proof.jti) == (JKT, "e1j3V_bKic8-LAEB")


@pytest.mark.parametrize(
    ("proof", "target", "at"),
    [
        (AT_THE_RESOURCE, ProofTarget("POST", "https://server.example.com/token"), ISSUED_AT),
        (AT_THE_TOKEN_ENDPOINT, ProofTarget("GET", "https://server.example.com/token"), ISSUED_AT),
        (AT_THE_TOKEN_ENDPOINT, ProofTarget("POST", "https://server.example.com/"), ISSUED_AT),
        (
            AT_THE_TOKEN_ENDPOINT,
            ProofTarget("POST", "https://server.example.com/token", JKT),
            ISSUED_AT,
        ),
        (
            AT_THE_TOKEN_ENDPOINT,
            ProofTarget("POST", "https://server.example.com/token"),
            ISSUED_AT + 61,
        ),
    ],
    ids=["another proof", "method", "url", "no ath", "late"],
)
def test_they_are_good_for_nothing_else(proof: str, target: ProofTarget, at: int) -> None:
    with pytest.raises(InvalidDPoPProof):
        verify(proof, target, at)
