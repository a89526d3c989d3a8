"""The keys of trust issuers: inline, or discovered and kept by the issuer's own cache headers.

An issuer that is down keeps its last good keys for `LAST_GOOD_IN` beyond their freshness. A key
that is not known makes us ask again, one request at a time and at most once in `RETRY_IN`, however
many ask. Each registration has its own keys, which are never merged with another's: a `kid` says
nothing outside its issuer.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from remit.identity.federation.discovery import discovery_url, parse_discovery
from remit.identity.federation.ports import Fetch
from remit.identity.trust import TrustIssuer
from remit.jose.keys import KeySet
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError, Unavailable
from remit.kernel.ids import TenantId, TrustIssuerId

# All lengths are seconds.
LAST_GOOD_IN = 12 * 3600
RETRY_IN = 30
MIN_FRESH_IN = 60
MAX_FRESH_IN = 24 * 3600
# Discovery and keys together; the door's own limits are for one request.
FETCH_IN = 12
MAX_REGISTRATIONS = 4096


@dataclass(slots=True)
class _Registration:
    """What is known of one issuer's keys. Instants are on the monotonic clock."""

    issuer: TrustIssuer
    keys: KeySet | None = None
    fresh_until: float = 0.0
    ask_after: float = 0.0
    failure: str = "never asked"
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def believed(self, now: float) -> KeySet | None:
        """The keys, unless there are none or the last good ones are too old."""
        return self.keys if now < self.fresh_until + LAST_GOOD_IN else None

    def may_ask(self, kid: str | None, now: float) -> bool:
        """Whether the issuer has something to tell us, and was not asked a moment ago."""
        return now >= self.ask_after and (now >= self.fresh_until or self.lacks(kid))

    def lacks(self, kid: str | None) -> bool:
        """Whether a key of this name would have to be asked for."""
        if self.keys is None:
            return True
        # A key without a name of its own answers to its thumbprint, as in KeySet.load.
        return kid is not None and all(kid != (key.kid or key.jkt) for key in self.keys.keys)


class IssuerKeys:
    """The KeySource of an installation (see `ports`), for one event loop."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: OrderedDict[tuple[TenantId, TrustIssuerId], _Registration] = OrderedDict()

    async def load(self, issuer: TrustIssuer, kid: str | None) -> KeySet:
        """The issuer's keys, as current as they can be. Raises Unavailable, or Malformed inline."""
        known = self._registration(issuer)
        if issuer.inline_jwks is not None:
            known.keys = known.keys or KeySet.parse(issuer.inline_jwks)
            return known.keys
        now = self._clock.monotonic()
        # While another request asks, keys that are only stale are answer enough.
        if known.may_ask(kid, now) and (known.lacks(kid) or not known.lock.locked()):
            async with known.lock:
                await self._refresh(known, kid)
        keys = known.believed(self._clock.monotonic())
        if keys is None:
            raise Unavailable(f"no keys of {issuer.issuer}: {known.failure}")
        return keys

    def _registration(self, issuer: TrustIssuer) -> _Registration:
        key = (issuer.tenant, issuer.id)
        known = self._known.get(key)
        if known is not None and known.issuer.revision > issuer.revision:
            raise Unavailable(f"the registration of {issuer.issuer} has changed meanwhile")
        if known is None or known.issuer.revision < issuer.revision:
            # A changed registration starts anew: nothing of what it said before is believed.
            known = self._known[key] = _Registration(issuer)
        self._known.move_to_end(key)
        if len(self._known) > MAX_REGISTRATIONS:
            self._known.popitem(last=False)
        return known

    async def _refresh(self, known: _Registration, kid: str | None) -> None:
        if not known.may_ask(kid, self._clock.monotonic()):
            return  # whoever held the lock before us has asked for us all
        wait_in = RETRY_IN
        try:
            async with asyncio.timeout(FETCH_IN):
                await self._ask(known)
        except asyncio.CancelledError:
            # That one caller gave up says nothing about the issuer; callers who keep giving up
            # are still held to one request a second.
            wait_in = 1
            raise
        except (RemitError, TimeoutError) as refused:
            # The last good keys stand, for as long as they may.
            known.failure = str(refused) or type(refused).__name__
        finally:
            # Only now: whoever comes while we ask waits for the answer.
            known.ask_after = self._clock.monotonic() + wait_in

    async def _ask(self, known: _Registration) -> None:
        issuer = known.issuer
        discovered = await self._fetch(discovery_url(issuer), issuer)
        jwks_uri = parse_discovery(discovered.unverified_body, issuer)
        document = await self._fetch(jwks_uri, issuer)
        keys = KeySet.parse(document.unverified_body)
        fresh_in = max(MIN_FRESH_IN, min(document.fresh_in, MAX_FRESH_IN))
        known.keys, known.fresh_until = keys, self._clock.monotonic() + fresh_in
