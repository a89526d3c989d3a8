"""Where a credential is taken out of its wrapping: into one header, and into the scanner.

Both demand the Credential, which only a permit obtains; nothing here keeps what it opened.
"""

from remit.kernel.errors import Unavailable
from remit.outbound.message import Header
from remit.proxy.scanning import Scanner
from remit.vault.credential import Credential

# Credentials travel in a header of their own; these are never a credential's.
_NOT_A_CREDENTIAL = frozenset(
    {b"content-type", b"accept", b"traceparent", b"host", b"content-length", b"cookie"}
)


def inject(headers: tuple[Header, ...], credential: Credential) -> tuple[Header, ...]:
    """The headers with the credential's one; it replaces nothing that is there."""
    if credential.header is None or credential.value is None:
        return headers
    name = credential.header.lower().encode("ascii")
    if name in _NOT_A_CREDENTIAL or any(name == key for key, _ in headers):
        raise Unavailable(f"a credential may not stand in the header {credential.header!r}")
    return (*headers, (name, credential.value.open()))


def scanner_of(credential: Credential) -> Scanner:
    """The search for this credential in what comes back."""
    return Scanner(credential.needles.open())
