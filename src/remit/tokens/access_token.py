"""Access tokens as they stand on the wire: JWTs of RFC 9068, one audience, minutes of life.

Reading is strict: a token of ours says exactly these claims, so that one from a later version,
which may restrict what this one does not know, is refused and not taken for more than it is.
"""

from collections.abc import Mapping
from datetime import datetime

from remit.jose.claims import (
    SignedClaims,
    audience_claim,
    instant_claim,
    integer_claim,
    object_claim,
    text_claim,
)
from remit.jose.errors import InvalidClaims
from remit.jose.jws import sign_jwt
from remit.kernel.canonical import Json
from remit.kernel.ids import AgentId, BindingId, RemitId, TenantId, TokenId
from remit.tokens.claims import AccessTokenClaims
from remit.tokens.keys import TokenClass, TokenKeys
from remit.tokens.lifetime import MAX_LIFETIME

_NAMES = frozenset(
    {
        "iss", "sub", "client_id", "aud", "iat", "exp", "jti", "remit", "remit_revision",
        "authority_hash", "epochs", "tenant",
    }
)  # fmt: skip
_NAMES_BOUND = _NAMES | {"cnf"}
_JKT_LENGTH = 43


class AccessTokenIssuer:
    """Signs access tokens with the key that is current."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys

    def sign(self, claims: AccessTokenClaims) -> str:
        """The compact token of these claims, which its holder alone may see.

        Raises ValueError for a lifetime that nobody may give, Unavailable where no key signs.
        """
        if not claims.issued_at < claims.expires_at <= claims.issued_at + MAX_LIFETIME:
            raise ValueError("an access token lives for some time, and for ten minutes at most")
        key = self._keys.load_signing(TokenClass.ACCESS_TOKEN)
        return sign_jwt(encode_claims(claims), typ=TokenClass.ACCESS_TOKEN, key=key)


def encode_claims(claims: AccessTokenClaims) -> Mapping[str, Json]:
    """The claims set (RFC 9068 section 2.2, RFC 9449 section 6.1)."""
    bound: Mapping[str, Json] = {} if claims.jkt is None else {"cnf": {"jkt": claims.jkt}}
    return {
        "iss": claims.issuer,
        "sub": claims.agent,
        "client_id": claims.client,
        "aud": claims.audience,
        "iat": _seconds(claims.issued_at),
        "exp": _seconds(claims.expires_at),
        "jti": claims.token,
        "remit": claims.remit,
        "remit_revision": claims.remit_revision,
        "authority_hash": claims.authority_hash,
        "epochs": dict(claims.epochs),
        "tenant": claims.tenant,
        **bound,
    }


def decode_claims(claims: SignedClaims) -> AccessTokenClaims:
    """What a token of ours says. Raises InvalidClaims for one that says less, or anything more."""
    if claims.keys() not in (_NAMES, _NAMES_BOUND):
        raise InvalidClaims("not exactly the claims of an access token")
    audiences = audience_claim(claims)
    if len(audiences) != 1:
        raise InvalidClaims("more than one audience")
    issued_at, expires_at = instant_claim(claims, "iat"), instant_claim(claims, "exp")
    if not issued_at < expires_at <= issued_at + MAX_LIFETIME:
        raise InvalidClaims("a lifetime that is never given")
    return AccessTokenClaims(
        tenant=TenantId(text_claim(claims, "tenant")),
        issuer=text_claim(claims, "iss"),
        audience=audiences[0],
        agent=AgentId(text_claim(claims, "sub")),
        client=BindingId(text_claim(claims, "client_id")),
        token=TokenId(text_claim(claims, "jti")),
        remit=RemitId(text_claim(claims, "remit")),
        remit_revision=integer_claim(claims, "remit_revision"),
        authority_hash=text_claim(claims, "authority_hash"),
        epochs=_decode_epochs(claims),
        issued_at=issued_at,
        expires_at=expires_at,
        jkt=_decode_jkt(claims),
    )


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _decode_epochs(claims: SignedClaims) -> Mapping[str, int]:
    epochs = SignedClaims(object_claim(claims, "epochs"))
    return {target: integer_claim(epochs, target) for target in epochs}


def _decode_jkt(claims: SignedClaims) -> str | None:
    if "cnf" not in claims:
        return None
    # Bound in a way that we do not know is bound all the same: never taken for a bearer's.
    jkt = text_claim(SignedClaims(object_claim(claims, "cnf")), "jkt")
    if len(jkt) != _JKT_LENGTH:
        raise InvalidClaims("cnf.jkt is no thumbprint")
    return jkt
