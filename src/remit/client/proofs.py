"""DPoP proofs (RFC 9449 section 4.2), made with a key that lives in this process's memory alone."""

from hashlib import sha256

from remit.jose.encoding import encode_base64url
from remit.jose.jws import sign_jwt
from remit.jose.keys import SigningKey
from remit.kernel.canonical import Json
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.secret import Secret

_JTI_BYTES = 16


class ProofMaker:
    """Makes the proofs of one ephemeral key."""

    def __init__(self, key: SigningKey, clock: Clock, entropy: Entropy) -> None:
        self._key = key
        self._clock = clock
        self._entropy = entropy

    def make(
        self, method: str, url: str, nonce: str | None, access_token: Secret[str] | None = None
    ) -> str:
        """One proof for one request; `url` is without query and fragment."""
        claims: dict[str, Json] = {
            "jti": encode_base64url(self._entropy.draw(_JTI_BYTES)),
            "htm": method,
            "htu": url,
            "iat": int(self._clock.now().timestamp()),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        if access_token is not None:
            claims["ath"] = encode_base64url(sha256(access_token.open().encode()).digest())
        return sign_jwt(claims, typ="dpop+jwt", key=self._key, embed_jwk=True)
