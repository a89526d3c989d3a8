"""Small public JSON documents of others: key sets and discovery documents.

GET, 200 only, JSON media types only, at most 1 MiB, no redirects. The freshness that the server
states is bounded, so that nobody can make us ask at every turn or keep a revoked key for a year.
"""

import re
from dataclasses import dataclass, field

from remit.outbound.addresses import PUBLIC, Reach
from remit.outbound.destination import TLSOptions, parse_url
from remit.outbound.door import Door
from remit.outbound.errors import UpstreamProtocolError, UpstreamUnreachable
from remit.outbound.message import Limits, OutboundRequest

_MAX_BYTES = 1024 * 1024
_MEDIA_TYPES = frozenset({b"application/json", b"application/jwk-set+json"})
_MAX_AGE = re.compile(rb"(?:^|[,\s])max-age=\"?([0-9]{1,10})\"?(?:$|[,\s])", re.IGNORECASE)
_UNCACHEABLE = re.compile(rb"(?:^|[,\s])(?:no-store|no-cache)(?:$|[,\s=])", re.IGNORECASE)
_ACCEPT = (b"accept", b"application/json, application/jwk-set+json")

MIN_FRESH = 60
MAX_FRESH = 24 * 3600
UNSTATED_FRESH = 300

_LIMITS = Limits(connect_in=5, first_byte_in=5, idle_in=5, total_in=10, max_body_bytes=_MAX_BYTES)


@dataclass(frozen=True, slots=True)
class FetchedJSON:
    """The document's bytes, not yet parsed, and for how many seconds it may be kept."""

    unverified_body: bytes = field(repr=False)
    fresh_in: int


async def fetch_json(
    door: Door,
    url: str,
    *,
    tls: TLSOptions | None = None,
    reach: Reach = PUBLIC,
    limits: Limits = _LIMITS,
) -> FetchedJSON:
    """The JSON document at `url`. Raises UpstreamFailure or DestinationInvalid."""
    destination, target = parse_url(url, tls=tls, reach=reach)
    request = OutboundRequest(b"GET", target, (_ACCEPT,))
    # Anonymous and public: one partition for all such documents of an origin.
    async with await door.send(destination, request, limits, partition="fetch") as response:
        if response.status != 200:
            raise UpstreamUnreachable(f"{destination.origin}: answered {response.status}")
        media_type = (response.header(b"content-type") or b"").partition(b";")[0].strip().lower()
        if media_type not in _MEDIA_TYPES:
            raise UpstreamProtocolError(f"{destination.origin}: not a JSON document")
        body = await response.read(_MAX_BYTES)
        return FetchedJSON(body, fresh_in(response.header(b"cache-control")))


def fresh_in(cache_control: bytes | None) -> int:
    """Seconds to keep a document (RFC 9111 section 5.2.2), bounded both ways."""
    stated = cache_control or b""
    if _UNCACHEABLE.search(stated):
        return MIN_FRESH
    match = _MAX_AGE.search(stated)
    seconds = int(match[1]) if match else UNSTATED_FRESH
    return max(MIN_FRESH, min(seconds, MAX_FRESH))
