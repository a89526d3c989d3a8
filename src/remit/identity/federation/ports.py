"""What federation needs from elsewhere: issuers' documents, and the keys read from them."""

from typing import Protocol

from remit.identity.trust import TrustIssuer
from remit.jose.keys import KeySet
from remit.outbound.fetch import FetchedJSON


class Fetch(Protocol):
    """Gets a public JSON document on an issuer's terms (its CA file, its reach)."""

    async def __call__(self, url: str, issuer: TrustIssuer) -> FetchedJSON:
        """The document, not yet parsed. Raises RemitError, whatever goes wrong."""
        ...


class KeySource(Protocol):
    """The keys of a registered issuer."""

    async def load(self, issuer: TrustIssuer, kid: str | None) -> KeySet:
        """The issuer's keys now, asked for again if `kid` is not among them and time allows it.

        Raises RemitError where there are none that may still be believed.
        """
        ...
