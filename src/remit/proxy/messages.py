"""What goes in and what comes out of the tool proxy, whatever carries it.

A transport (ASGI, a unix socket, a test) hands over an IncomingCall and sends the Released that it
gets back, byte for byte. Nothing else reaches a caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeAlias

from remit.kernel.errors import LimitExceeded
from remit.outbound.message import Header


class Body(Protocol):
    """A request's body, read once, after its caller is known."""

    async def read(self, max_bytes: int) -> bytes:
        """The whole body. Raises LimitExceeded beyond `max_bytes`, without reading on."""
        ...


@dataclass(frozen=True, slots=True)
class BufferedBody:
    """A body that is in memory already."""

    content: bytes = field(repr=False)

    async def read(self, max_bytes: int) -> bytes:
        if len(self.content) > max_bytes:
            raise LimitExceeded(f"body of {len(self.content)} bytes, where {max_bytes} are allowed")
        return self.content


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """One HTTP request as it came, neither decoded nor merged.

    `path` and `query` are the bytes of the request line (`query` without its `?`). `headers` are
    pairs in order, names in lower case. `peer` says who is at the other end, for the log.
    """

    method: str
    path: bytes
    query: bytes
    headers: tuple[Header, ...] = field(repr=False)
    body: Body
    peer: str

    def header_values(self, name: bytes) -> Sequence[bytes]:
        """All values of a header, in order; `name` in lower case."""
        return [value for key, value in self.headers if key == name]


class ReleasedStream(Protocol):
    """A body that arrives piece by piece. Whoever sends it must `aclose` it, sent whole or not."""

    def __aiter__(self) -> Self: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None:
        """Give up the rest: what is upstream is cancelled, and the outcome recorded."""
        ...


ReleasedBody: TypeAlias = bytes | ReleasedStream


@dataclass(frozen=True, slots=True)
class Released:
    """What the caller gets: checked, scanned, recorded. `headers` have lower-case names."""

    status: int
    headers: tuple[Header, ...]
    body: ReleasedBody = field(repr=False)
