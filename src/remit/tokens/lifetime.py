"""How long an access token lives: minutes, and never beyond what it was minted from.

It ends with its remit at the latest, and soon after the platform's assertion: an agent whose
platform vouches for one minute more is not given ten minutes of access, while an assertion that is
nearly spent is still good for a call (60 seconds; beyond that twice what is left of it).
"""

from datetime import datetime, timedelta

from remit.kernel.oauth import InvalidGrant

MAX_LIFETIME = timedelta(minutes=10)
MIN_ASSERTED = timedelta(seconds=60)


def limit_lifetime(
    now: datetime,
    *,
    remit_expires_at: datetime,
    assertion_expires_at: datetime,
    longest_seconds: int,
) -> int:
    """Whole seconds that a token minted now may live; `longest_seconds` is the site's own limit.

    Raises InvalidGrant where not even a second of the remit is left.
    """
    asserted = max(MIN_ASSERTED, 2 * (assertion_expires_at - now))
    longest = min(MAX_LIFETIME, timedelta(seconds=longest_seconds))
    seconds = int(min(longest, asserted, remit_expires_at - now).total_seconds())
    if seconds < 1:
        raise InvalidGrant(f"nothing is left of a remit that ends {remit_expires_at.isoformat()}")
    return seconds
