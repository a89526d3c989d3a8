"""Where a request goes: one origin, how its certificate is checked, and where it may be.

A destination is made from configuration or from a URL, and is strict about both: anything that two
parsers could read differently (user info, odd number forms, dots at the end, zones) is refused.
"""

import re
from dataclasses import dataclass, field

from remit.outbound.addresses import PUBLIC, Address, Reach, find_literal
from remit.outbound.errors import DestinationInvalid

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# WHATWG URL, "ends in a number": such a host is an IPv4 address in some notation, never a name.
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[!-~]*)?(?:\?[!-~]*)?)"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class TLSOptions:
    """How the peer's certificate is checked: against the system's roots, or those of `ca_file`."""

    ca_file: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Destination:
    """An origin (RFC 9110 section 4.3.1) and the conditions for connecting to it."""

    scheme: str
    host: str
    port: int
    tls: TLSOptions = field(default=TLSOptions())
    reach: Reach = PUBLIC
    literal: Address | None = field(init=False, repr=False)
    authority: bytes = field(init=False, repr=False)
    _key: tuple[object, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.scheme not in _DEFAULT_PORTS:
            raise DestinationInvalid("the scheme is neither http nor https")
        if not 0 < self.port < 65536:
            raise DestinationInvalid("the port is out of range")
        literal = find_literal(self.host)
        if literal is None:
            _check_name(self.host)
        elif str(literal) != self.host:
            raise DestinationInvalid("the address is not in its canonical form")
        name = f"[{self.host}]" if literal is not None and literal.version == 6 else self.host
        suffix = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        key = (self.scheme, self.host, self.port, self.tls, self.reach)
        object.__setattr__(self, "literal", literal)
        object.__setattr__(self, "authority", (name + suffix).encode("ascii"))
        # Hashed on every look-up in the pool, so computed once.
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_hash", hash(key))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Destination) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash

    @property
    def origin(self) -> str:
        """The origin as text: safe to show, as it holds no path and no query."""
        return f"{self.scheme}://{self.authority.decode('ascii')}"


def _check_name(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise DestinationInvalid("the host is not a lower-case DNS name")
    if _NUMERIC.fullmatch(labels[-1]):
        raise DestinationInvalid("the host is a number in an odd notation")


def parse_url(
    url: str, *, tls: TLSOptions | None = None, reach: Reach = PUBLIC
) -> tuple[Destination, bytes]:
    """An absolute http(s) URL as its destination and its target in origin form.

    User info, fragments, spaces, backslashes and characters beyond ASCII are refused, not repaired.
    """
    match = _URL.fullmatch(url)
    if match is None or "\\" in url or "#" in url:
        raise DestinationInvalid("the URL is not a plain absolute http or https URL")
    scheme = match["scheme"]
    host = match["host"].lower().removeprefix("[").removesuffix("]")
    port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
    target = match["target"]
    if not target.startswith("/"):
        target = "/" + target
    destination = Destination(scheme, host, port, tls or TLSOptions(), reach)
    return destination, target.encode("ascii")
