"""Tokens: one for each tool server, bound to this process's key, replaced before it runs out."""

import asyncio
from dataclasses import dataclass, field

from remit.client.assertion import AssertionSource
from remit.client.exchange import Exchanges
from remit.kernel.canonical import Json, parse_strict
from remit.kernel.clock import Clock
from remit.kernel.errors import Unavailable
from remit.kernel.secret import Secret
from remit.outbound.addresses import Reach
from remit.outbound.destination import TLSOptions
from remit.outbound.door import Door
from remit.outbound.fetch import fetch_json

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_METADATA = "/.well-known/oauth-authorization-server"
# A token that runs out during a call is of no use: it is replaced this long before.
_EARLY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token in use; `fresh_until` is on the monotonic clock."""

    value: Secret[str] = field(repr=False)
    fresh_until: float


class Tokens:
    """Gets tokens under one remit (or the only one that covers a resource)."""

    def __init__(
        self,
        exchanges: Exchanges,
        door: Door,
        assertion: AssertionSource,
        remit: str | None,
        clock: Clock,
    ) -> None:
        self._exchanges = exchanges
        self._door = door
        self._assertion = assertion
        self._remit = remit
        self._clock = clock
        self._held: dict[str, HeldToken] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._endpoint: str | None = None

    async def obtain(self, resource: str) -> Secret[str]:
        """A token for a resource; one request at a time for each. Raises Refused, NoAssertion."""
        async with self._locks.setdefault(resource, asyncio.Lock()):
            held = self._held.get(resource)
            if held is None or held.fresh_until <= self._clock.monotonic():
                held = await self._request(resource)
                self._held[resource] = held
            return held.value

    def forget(self, resource: str, value: Secret[str]) -> None:
        """Do not use this token again; a newer one of the resource stays."""
        held = self._held.get(resource)
        if held is not None and held.value is value:
            del self._held[resource]

    async def _request(self, resource: str) -> HeldToken:
        endpoint = await self._discover()
        assertion = await self._assertion.read()
        form = {
            "grant_type": _JWT_BEARER,
            "assertion": assertion.open(),
            "resource": resource,
            **({} if self._remit is None else {"remit": self._remit}),
        }
        asked_at = self._clock.monotonic()
        answer = await self._exchanges.post_form(endpoint, form)
        token, kind, life = (answer.get(m) for m in ("access_token", "token_type", "expires_in"))
        if not isinstance(token, str) or kind != "DPoP" or not isinstance(life, int):
            raise Unavailable("the token endpoint did not answer with a DPoP-bound token")
        return HeldToken(Secret(token), asked_at + max(life - _EARLY_SECONDS, life / 2))

    async def _discover(self) -> str:
        """The token endpoint of the configured issuer (RFC 8414), which must name itself."""
        if self._endpoint is None:
            site = self._exchanges.site
            fetched = await fetch_json(
                self._door,
                site.issuer + _METADATA,
                tls=TLSOptions(site.ca_file),
                reach=Reach(private=True),
            )
            self._endpoint = _read_endpoint(parse_strict(fetched.unverified_body), site.issuer)
        return self._endpoint


def _read_endpoint(metadata: Json, issuer: str) -> str:
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        raise Unavailable(f"{issuer} publishes the metadata of another issuer")
    endpoint = metadata.get("token_endpoint")
    if not isinstance(endpoint, str):
        raise Unavailable(f"{issuer} publishes no token endpoint")
    return endpoint
