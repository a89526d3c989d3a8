"""Issuers' documents by way of the door: no redirects, 1 MiB, pinned addresses, seconds."""

from remit.identity.trust import TrustIssuer
from remit.outbound.addresses import Reach
from remit.outbound.destination import TLSOptions
from remit.outbound.door import Door
from remit.outbound.fetch import FetchedJSON, fetch_json


class DoorFetch:
    """The `Fetch` of an installation; an issuer may be on private networks only if it says so."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, url: str, issuer: TrustIssuer) -> FetchedJSON:
        """See `ports.Fetch`."""
        tls, reach = TLSOptions(issuer.ca_file), Reach(private=issuer.allow_private)
        return await fetch_json(self._door, url, tls=tls, reach=reach)
