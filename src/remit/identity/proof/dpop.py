"""DPoP proofs (RFC 9449): this request was made, just now, by whoever holds this key.

`ProofVerifier.verify` makes all checks of section 4.3 but one: that the proof was not used before.
That is claimed last, when the rest of the request is known to be good, so that nobody fills the
memory of used proofs with proofs of strangers: `VerifiedProof.confirm` for a claim in the
transaction of the token endpoint, `replay.ReplayWindow.claim` for the proxy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest

from remit.audit.journal import ClaimOnce
from remit.identity.evidence import Confirmation
from remit.identity.proof.nonces import Nonces
from remit.jose.algorithms import ED25519, EDDSA, ES256, ES384
from remit.jose.claims import SignedClaims, check_recent, find_text_claim, text_claim
from remit.jose.errors import JOSERefused
from remit.jose.jws import UnverifiedJWT, parse_unverified, require_typ, verify
from remit.jose.key_cache import KeyCache
from remit.kernel.clock import Clock
from remit.kernel.errors import Malformed
from remit.kernel.ids import TenantId
from remit.kernel.oauth import InvalidDPoPProof, UseDPoPNonce
from remit.kernel.uri import normalize_htu

# Seconds: how old a proof may be, and how far ahead of ours the clock that made it (FAPI 2.0 has
# servers accept 10 seconds). The same figures say for how long a used proof is remembered.
ACCEPTANCE_IN = 60
AHEAD_IN = 10
_ACCEPTANCE = timedelta(seconds=ACCEPTANCE_IN)
_AHEAD = timedelta(seconds=AHEAD_IN)

# In the order in which they are published and put into challenges. FAPI 2.0 has no RS256.
PROOF_ALGORITHMS = (ES256, ES384, ED25519, EDDSA)
_ALLOWED = frozenset(PROOF_ALGORITHMS)

MAX_PROOF_BYTES = 8 * 1024
MAX_JTI_LENGTH = 256


@dataclass(frozen=True, slots=True)
class ProofTarget:
    """The request that a proof must be for.

    `url` comes from configuration and routing, without query, never from a Host header. `ath` is
    the fingerprint of the access token that came with the proof, None at the token endpoint.
    """

    method: str
    url: str
    ath: str | None = None


@dataclass(frozen=True, slots=True)
class VerifiedProof:
    """A proof for this very request, by the holder of the key with this thumbprint.

    It may still be a replay: only a Confirmation says that it is not.
    """

    jkt: str
    jti: str
    issued_at: datetime

    def confirm(self, tenant: TenantId) -> Confirmation:
        """The confirmation whose claim the acting transaction must make."""
        # Another process may read the claims by a clock as far behind as clients' are ahead.
        until = self.issued_at + _ACCEPTANCE + _AHEAD
        claim = ClaimOnce(tenant=tenant, space=f"dpop:{self.jkt}", key=self.jti, until=until)
        return Confirmation(self.jkt, claim)


class ProofVerifier:
    """Verifies the proofs of one endpoint.

    A nonce that is in a proof is always checked; `nonce_required` says whether one must be.
    """

    def __init__(
        self, nonces: Nonces, clock: Clock, *, keys: KeyCache, nonce_required: bool
    ) -> None:
        self._nonces = nonces
        self._clock = clock
        self._keys = keys
        self._nonce_required = nonce_required

    def verify(self, unverified_proofs: Sequence[str], target: ProofTarget) -> VerifiedProof:
        """The one proof among the values of the request's DPoP header fields.

        Raises InvalidDPoPProof, or UseDPoPNonce where only the nonce is wrong.
        """
        # RFC 9449 section 4.3 (1): not more than one. Joined by a comma, they are no JWT at all.
        if len(unverified_proofs) != 1:
            raise InvalidDPoPProof(f"{len(unverified_proofs)} DPoP header fields")
        try:
            return self._verify(parse_unverified(unverified_proofs[0], MAX_PROOF_BYTES), target)
        except (JOSERefused, Malformed) as refused:
            raise InvalidDPoPProof(refused.detail) from None

    def _verify(self, unverified: UnverifiedJWT, target: ProofTarget) -> VerifiedProof:
        jwk = require_typ(unverified, "dpop+jwt").header.jwk
        if jwk is None:
            raise InvalidDPoPProof("proof without a jwk in its header")
        key = self._keys.load(jwk)
        claims = verify(unverified, key, _ALLOWED)
        jti = text_claim(claims, "jti")
        if len(jti) > MAX_JTI_LENGTH:
            raise InvalidDPoPProof("proof whose jti is too long")
        _check_target(claims, target)
        issued_at = check_recent(claims, now=self._clock.now(), max_age=_ACCEPTANCE, leeway=_AHEAD)
        self._check_nonce(claims)
        return VerifiedProof(key.jkt, jti, issued_at)

    def _check_nonce(self, claims: SignedClaims) -> None:
        nonce = find_text_claim(claims, "nonce")
        if nonce is not None:
            self._nonces.verify(nonce)
        elif self._nonce_required:
            raise UseDPoPNonce("proof without a nonce")


def _check_target(claims: SignedClaims, target: ProofTarget) -> None:
    if text_claim(claims, "htm") != target.method:
        raise InvalidDPoPProof("proof for another method")
    htu = text_claim(claims, "htu")
    # Section 4.3 (9): without query and fragment, after normalisation by syntax and scheme.
    if htu != target.url and normalize_htu(htu) != normalize_htu(target.url):
        raise InvalidDPoPProof(f"proof for another URL than {target.url}")
    if target.ath is not None:
        # Section 4.3 (11) (a): the proof belongs to this token and to no other.
        ath = text_claim(claims, "ath")
        if not compare_digest(ath.encode(), target.ath.encode()):
            raise InvalidDPoPProof("proof for another access token")
