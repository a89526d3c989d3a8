"""Requests and responses as the route handlers see them, and the route table's entry.

A table of routes, no decorators: each entry says its method, its exact path, how much body it takes
and who answers. `request.url` does not exist here: who we are comes from the settings alone.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from remit.kernel.errors import LimitExceeded
from remit.outbound.message import Header


@dataclass(frozen=True, slots=True)
class Request:
    """One request, its body whole. `peer_uid` is set on the unix socket alone."""

    method: str
    path: str
    query: bytes
    headers: tuple[Header, ...] = field(repr=False)
    body: bytes = field(repr=False)
    peer: str
    peer_uid: int | None = None

    def header_values(self, name: bytes) -> tuple[str, ...]:
        """All values of a header, in order, as text; `name` in lower case."""
        return tuple(value.decode("latin-1") for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Response:
    """One response, whole. `headers` have lower-case names."""

    status: int
    headers: tuple[Header, ...]
    body: bytes = field(repr=False)


def admit_anybody(peer_uid: int | None) -> None:
    """Whoever asks may send a body: who it is, if that matters, stands in the request."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and an exact path (or all below it), and the handler that answers there.

    `admit` raises for a peer of whom not even a body is taken.
    """

    method: str
    path: str
    handler: Callable[[Request], Awaitable[Response]]
    max_body: int = 0
    is_prefix: bool = False
    admit: Callable[[int | None], object] = admit_anybody


NO_STORE: tuple[Header, ...] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))


def json_response(
    content: object, status: int = 200, headers: tuple[Header, ...] = NO_STORE
) -> Response:
    """A JSON response of anything that msgspec encodes."""
    body = msgspec.json.encode(content)
    return Response(status, ((b"content-type", b"application/json"), *headers), body)


# Counts one refusal of a caller that nobody knows, by the error's name.
Count: TypeAlias = Callable[[str], None]


def uncounted(error: str) -> None:
    """Count nothing: for listeners that only the machine's own reach."""


class RouteTable:
    """Routes by method and path; a doubled one is a mistake of ours, found at start."""

    def __init__(self, *tables: tuple[Route, ...]) -> None:
        routes = [route for table in tables for route in table]
        self._exact = {(route.method, route.path): route for route in routes}
        self._prefixes = tuple(route for route in routes if route.is_prefix)
        if len(self._exact) != len(routes):
            raise ValueError("two routes share a method and a path")

    def find(self, method: str, path: str) -> Route | None:
        """The route that answers, the exact one first."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact
        below = (r for r in self._prefixes if r.method == method and path.startswith(r.path + "/"))
        return next(below, None)

    def methods_at(self, path: str) -> tuple[str, ...]:
        """The methods that a path does answer."""
        exact = {method for method, known in self._exact if known == path}
        below = {r.method for r in self._prefixes if path.startswith(r.path + "/")}
        return tuple(sorted(exact | below))


def check_body_size(size: int, limit: int) -> None:
    """Raise LimitExceeded where a body is larger than its route takes."""
    if size > limit:
        raise LimitExceeded(f"a body of at most {limit} bytes is taken here")
