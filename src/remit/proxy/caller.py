"""Step 1: who calls. One access token for this audience, and one fresh proof of its key.

RFC 6750 section 2.1 and RFC 9449 section 7.1: the Authorization header only, once, with the scheme
that the token was issued for; a token in a body or a query is never looked at.
"""

import re
from dataclasses import dataclass

from remit.identity.evidence import Confirmation, Unbound
from remit.identity.proof.dpop import ProofTarget, ProofVerifier, VerifiedProof
from remit.identity.proof.replay import ReplayWindow
from remit.kernel.clock import Clock
from remit.kernel.oauth import InvalidDPoPProof, InvalidRequest, InvalidToken
from remit.proxy.errors import CredentialsMissing
from remit.proxy.messages import IncomingCall
from remit.proxy.routes import Route
from remit.tokens.claims import AccessTokenClaims, VerifiedToken
from remit.tokens.verification import AccessTokenVerifier, check_token

# RFC 6750 section 2.1, b64token; our tokens are compact JWTs, which have no padding.
_CREDENTIALS = re.compile(rb"(?i:(DPoP)|(Bearer)) +([A-Za-z0-9\-._~+/]+=*)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds this token: the evidence of step 1. Made by `Callers.verify` alone."""

    claims: AccessTokenClaims
    confirmation: Confirmation | Unbound

    @property
    def is_bound(self) -> bool:
        """Whether the caller proved to hold the token's key."""
        return isinstance(self.confirmation, Confirmation)


class Callers:
    """Verifies callers of one installation; the replay window is this process's own."""

    def __init__(
        self,
        access_tokens: AccessTokenVerifier,
        proofs: ProofVerifier,
        replay: ReplayWindow,
        clock: Clock,
    ) -> None:
        self._access_tokens = access_tokens
        self._proofs = proofs
        self._replay = replay
        self._clock = clock

    def verify(self, incoming: IncomingCall, route: Route) -> Caller:
        """The caller. Raises CredentialsMissing, InvalidToken, InvalidDPoPProof, UseDPoPNonce.

        The proof is claimed last, when everything else about the caller is known to be good.
        """
        is_dpop, unverified_compact = _read_authorization(incoming)
        proofs = [value.decode("latin-1") for value in incoming.header_values(b"dpop")]
        verified = self._access_tokens.verify(unverified_compact)
        if not is_dpop:
            if proofs:
                raise InvalidDPoPProof("a proof beside the Bearer scheme")
            self._check(verified, route, Unbound())
            return Caller(verified.claims, Unbound())
        target = ProofTarget(incoming.method, route.htu, verified.fingerprint)
        proof = self._proofs.verify(proofs, target)
        self._check(verified, route, proof)
        return Caller(verified.claims, self._replay.claim(proof))

    def _check(
        self, verified: VerifiedToken, route: Route, presented: VerifiedProof | Unbound
    ) -> None:
        check_token(verified, audience=route.audience, now=self._clock.now(), presented=presented)


def _read_authorization(incoming: IncomingCall) -> tuple[bool, str]:
    values = incoming.header_values(b"authorization")
    if not values:
        raise CredentialsMissing("no Authorization header")
    if len(values) != 1:
        raise InvalidRequest("more than one Authorization header")
    match = _CREDENTIALS.fullmatch(values[0])
    if match is None:
        raise InvalidToken("an Authorization header of another scheme, or malformed")
    return match[1] is not None, match[3].decode("ascii")
