"""Verifying access tokens: what is proved once and cached, and what is checked on every call.

The cache holds proved claims only (law 13 of DESIGN.md), by the SHA-256 of the token; audience,
time and binding are checked by `check_token`, and whether the key is still believed is looked up,
on every call. Neither ever answers anything but the evidence, or raises InvalidToken.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.identity.evidence import Unbound
from remit.identity.proof.dpop import VerifiedProof
from remit.jose.algorithms import ES256
from remit.jose.encoding import sha256_base64url
from remit.jose.errors import JOSERefused
from remit.jose.jws import parse_unverified, require_typ, verify
from remit.jose.keys import PublicKey
from remit.kernel.clock import Clock
from remit.kernel.oauth import InvalidToken
from remit.kernel.uri import IssuerURL
from remit.tokens.access_token import decode_claims
from remit.tokens.claims import AccessTokenClaims, VerifiedToken
from remit.tokens.keys import TokenClass, TokenKeys

MAX_TOKEN_BYTES = 8 * 1024
# A few KiB each.
DEFAULT_CAPACITY = 10_000
# For a token of a sibling process whose clock is ahead. There is none at a token's end: minutes
# are short enough, and nothing may outlive its remit.
LEEWAY = timedelta(seconds=10)

_ALGORITHMS = frozenset({ES256})


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """The evidence that a token is good here and now, in the hands of the one it was given to.

    Stops, epochs and the remit are checked after this.
    """

    claims: AccessTokenClaims


@dataclass(frozen=True, slots=True)
class _Proved:
    verified: VerifiedToken
    kid: str
    key: PublicKey


class AccessTokenVerifier:
    """Verifies the tokens of one issuer: ours."""

    def __init__(
        self, keys: TokenKeys, issuer: IssuerURL, clock: Clock, capacity: int = DEFAULT_CAPACITY
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._capacity = capacity
        self._proved: OrderedDict[str, _Proved] = OrderedDict()

    def __len__(self) -> int:
        return len(self._proved)

    def verify(self, unverified_compact: str) -> VerifiedToken:
        """The token, which a key of ours that is still believed has signed."""
        if len(unverified_compact) > MAX_TOKEN_BYTES or not unverified_compact.isascii():
            raise InvalidToken("too long for an access token, or not ASCII")
        fingerprint = sha256_base64url(unverified_compact.encode())
        proved = self._proved.get(fingerprint)
        if proved is None:
            proved = self._prove(unverified_compact, fingerprint)
        else:
            self._proved.move_to_end(fingerprint)
        self._check_standing(proved)
        return proved.verified

    def _prove(self, unverified_compact: str, fingerprint: str) -> _Proved:
        try:
            unverified = require_typ(
                parse_unverified(unverified_compact, MAX_TOKEN_BYTES), TokenClass.ACCESS_TOKEN
            )
            kid = unverified.header.kid or ""
            key = self._keys.find_verifying(TokenClass.ACCESS_TOKEN, kid)
            if key is None:
                raise InvalidToken(f"no key {kid!r} signs access tokens")
            claims = decode_claims(verify(unverified, key, _ALGORITHMS))
        except JOSERefused as refused:
            raise InvalidToken(refused.detail) from None
        if claims.issuer != self._issuer:
            raise InvalidToken("signed by us in another issuer's name")
        proved = _Proved(VerifiedToken(claims, fingerprint), kid, key)
        self._proved[fingerprint] = proved
        if len(self._proved) > self._capacity:
            self._proved.popitem(last=False)
        return proved

    def _check_standing(self, proved: _Proved) -> None:
        # A key that was retired or tainted meanwhile takes its cached tokens with it.
        key = self._keys.find_verifying(TokenClass.ACCESS_TOKEN, proved.kid)
        if key is proved.key and self._clock.now() < proved.verified.claims.expires_at:
            return
        self._proved.pop(proved.verified.fingerprint, None)
        raise InvalidToken("expired, or signed with a key that is believed no longer")


def check_token(
    verified: VerifiedToken, *, audience: str, now: datetime, presented: VerifiedProof | Unbound
) -> PresentedToken:
    """What every call asks of a verified token: for this audience, now, from this presenter.

    `presented` is the proof that came with the DPoP scheme, or Unbound for the Bearer scheme.
    """
    claims = verified.claims
    if claims.audience != audience:
        raise InvalidToken(f"a token for {claims.audience} presented at {audience}")
    if not claims.issued_at - LEEWAY <= now < claims.expires_at:
        raise InvalidToken("expired, or issued in the future")
    # RFC 9449 sections 7.1 and 7.2: bound with its proof, unbound without one, and nothing else.
    jkt = presented.jkt if isinstance(presented, VerifiedProof) else None
    if claims.jkt != jkt:
        raise InvalidToken("a token of another key, without its proof, or unbound with one")
    return PresentedToken(claims)
