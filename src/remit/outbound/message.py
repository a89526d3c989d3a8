"""The request exactly as it will be sent, and the limits of what may come back.

The bytes of method, target and headers go out verbatim; only Host and Content-Length are added.
Whatever could end a line, smuggle a second request or change the connection is refused here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from remit.outbound.errors import RequestUnsendable

Header = tuple[bytes, bytes]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(rb"/[!-\"$-~]*")  # visible ASCII, without "#" (RFC 9112 section 3.2.1)
_UNSENDABLE = re.compile(rb"[^\t -~\x80-\xff]")
_METHODS = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
_BODY_METHODS = frozenset({b"POST", b"PUT", b"PATCH"})

# The door's own: framing, the connection, and what would change the form of the answer.
_OWN = frozenset(
    {
        b"host", b"content-length", b"transfer-encoding", b"connection", b"keep-alive",
        b"proxy-connection", b"proxy-authorization", b"te", b"trailer", b"upgrade", b"expect",
        b"accept-encoding", b"http2-settings",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. Seconds and bytes; `total_in` None is for streams that a call owns."""

    connect_in: float = 5.0
    first_byte_in: float = 30.0
    idle_in: float = 60.0
    total_in: float | None = 120.0
    max_header_bytes: int = 32 * 1024
    max_body_bytes: int | None = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One request. `takes_encoded` says that a Content-Encoding in the answer is understood."""

    method: bytes
    target: bytes
    headers: tuple[Header, ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    takes_encoded: bool = False

    def __post_init__(self) -> None:
        if self.method not in _METHODS:
            raise RequestUnsendable("the method is not one that the door sends")
        if not _TARGET.fullmatch(self.target):
            raise RequestUnsendable("the target is not in origin form")
        for name, value in self.headers:
            _check_name(name)
            if _UNSENDABLE.search(value) or value != value.strip(b" \t"):
                raise RequestUnsendable(f"the value of header {name!r} cannot be sent as it stands")

    def head(self, authority: bytes) -> bytes:
        """The request line and headers (RFC 9112 section 2.1), with the empty line at their end."""
        parts = [self.method, b" ", self.target, b" HTTP/1.1\r\nHost: ", authority, b"\r\n"]
        for name, value in self.headers:
            parts += (name, b": ", value, b"\r\n")
        if self.body or self.method in _BODY_METHODS:
            parts.append(b"Content-Length: %d\r\n" % len(self.body))
        parts.append(b"\r\n")
        return b"".join(parts)


# Header names come from code and configuration, so few are ever seen; the cache is bounded anyway.
@lru_cache(maxsize=1024)
def _check_name(name: bytes) -> None:
    if not _TOKEN.fullmatch(name):
        raise RequestUnsendable("a header name is not a token")
    if name.lower() in _OWN:
        raise RequestUnsendable(f"header {name!r} is the door's own")


def find_header(headers: Iterable[Header], name: bytes) -> bytes | None:
    """The value of the header called `name` (lower case), or None; the first, if there are more."""
    return next((value for key, value in headers if key == name), None)
