"""Claims of a verified JWT, read by type: a reader returns the value or raises InvalidClaims.

`find_` readers take an absent claim for None; a claim of the wrong type is always refused, never
taken for absent. Times are NumericDates (RFC 7519 section 2), compared with the caller's instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NewType

from remit.jose.errors import InvalidClaims
from remit.kernel.canonical import Json

SignedClaims = NewType("SignedClaims", Mapping[str, Json])

MAX_TEXT_LENGTH = 2048
MAX_AUDIENCES = 32
# The year 2200: far from the end of what a datetime can be added to.
_LAST_SECOND = 7258118400


@dataclass(frozen=True, slots=True)
class Validity:
    """When claims were issued (None where that is not asked for) and when they end."""

    issued_at: datetime | None
    expires_at: datetime


def text_claim(claims: SignedClaims, name: str) -> str:
    """A text that is neither empty nor longer than MAX_TEXT_LENGTH."""
    value = find_text_claim(claims, name)
    if value is None:
        raise InvalidClaims(f"claim {name} is absent")
    return value


def find_text_claim(claims: SignedClaims, name: str) -> str | None:
    """As `text_claim`, or None where the claim is absent."""
    if name not in claims:
        return None
    return _text(name, claims[name])


def texts_claim(claims: SignedClaims, name: str) -> tuple[str, ...]:
    """One text or a list of different texts, as `aud` may be (RFC 7519 section 4.1.3)."""
    value = claims.get(name)
    listed = value if isinstance(value, (list, tuple)) else [value]
    if not 0 < len(listed) <= MAX_AUDIENCES:
        raise InvalidClaims(f"claim {name} is empty or has too many values")
    texts = tuple([_text(name, entry) for entry in listed])
    if len(set(texts)) != len(texts):
        raise InvalidClaims(f"claim {name} says a value twice")
    return texts


def audience_claim(claims: SignedClaims) -> tuple[str, ...]:
    """All audiences; whether more than one is acceptable is the caller's rule."""
    return texts_claim(claims, "aud")


def integer_claim(claims: SignedClaims, name: str) -> int:
    """An integer, however its number was spelt."""
    value = claims.get(name)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidClaims(f"claim {name} is absent or no integer")
    return value


def object_claim(claims: SignedClaims, name: str) -> Mapping[str, Json]:
    """An object."""
    value = claims.get(name)
    if not isinstance(value, Mapping):
        raise InvalidClaims(f"claim {name} is absent or no object")
    return value


def instant_claim(claims: SignedClaims, name: str) -> datetime:
    """A NumericDate, in UTC."""
    instant = find_instant_claim(claims, name)
    if instant is None:
        raise InvalidClaims(f"claim {name} is absent")
    return instant


def find_instant_claim(claims: SignedClaims, name: str) -> datetime | None:
    """As `instant_claim`, or None where the claim is absent."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise InvalidClaims(f"claim {name} is no number")
    if not 0 <= value <= _LAST_SECOND:
        raise InvalidClaims(f"claim {name} is no instant")
    return datetime.fromtimestamp(value, UTC)


def check_times(
    claims: SignedClaims,
    *,
    now: datetime,
    leeway: timedelta,
    max_lifetime: timedelta,
    require_issued_at: bool = True,
) -> Validity:
    """The claims' validity, if they are valid now: begun, not ended, and not valid for too long.

    `leeway` is for the clocks' difference, on both sides. `exp` is always demanded; without `iat`
    (only where that is not required) the lifetime is counted from now.
    """
    expires_at = instant_claim(claims, "exp")
    if now >= expires_at + leeway:
        raise InvalidClaims(f"expired at {expires_at.isoformat()}")
    _check_begun(claims, now, leeway)
    issued_at = find_instant_claim(claims, "iat")
    if issued_at is None and require_issued_at:
        raise InvalidClaims("claim iat is absent")
    if issued_at is not None and not now + leeway >= issued_at < expires_at:
        raise InvalidClaims("issued in the future, or after it expired")
    if expires_at - (issued_at or now + leeway) > max_lifetime:
        raise InvalidClaims(f"valid for longer than {max_lifetime}")
    return Validity(issued_at, expires_at)


def check_recent(
    claims: SignedClaims, *, now: datetime, max_age: timedelta, leeway: timedelta
) -> datetime:
    """`iat`, if it lies no further back than `max_age` and no further ahead than `leeway`.

    For DPoP proofs (RFC 9449 section 4.3), which need no `exp`; one that stands there is honoured.
    """
    issued_at = instant_claim(claims, "iat")
    if not now - max_age <= issued_at <= now + leeway:
        raise InvalidClaims(f"issued at {issued_at.isoformat()}, which is not recent")
    expires_at = find_instant_claim(claims, "exp")
    if expires_at is not None and now >= expires_at + leeway:
        raise InvalidClaims(f"expired at {expires_at.isoformat()}")
    _check_begun(claims, now, leeway)
    return issued_at


def _check_begun(claims: SignedClaims, now: datetime, leeway: timedelta) -> None:
    begins_at = find_instant_claim(claims, "nbf")
    if begins_at is not None and begins_at > now + leeway:
        raise InvalidClaims(f"not valid before {begins_at.isoformat()}")


def _text(name: str, value: Json) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT_LENGTH:
        raise InvalidClaims(f"claim {name} is absent or no short text")
    return value
