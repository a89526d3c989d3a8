"""Step 0: which tool server a request is for, by its URL alone.

`/tools` is the catalogue, `/tools/{name}` the MCP endpoint of a tool server, and what stands below
it the paths of an HTTP one. Names, audiences and proofs' URIs come from the configured public URL
and the request's path, never from Host; whether there is such a server is not told to strangers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.kernel.uri import IssuerURL, ResourceURI, normalize_htu
from remit.proxy.errors import AmbiguousRequest, MethodNotAllowed, UnknownRoute
from remit.proxy.messages import IncomingCall
from remit.tokens.metadata import protected_resource_url

_PATH = re.compile(rb"/tools(?:/([A-Za-z0-9][A-Za-z0-9._-]{0,127})(/[!-~]*)?)?")


class Form(StrEnum):
    """How the caller is spoken to."""

    CATALOGUE = "catalogue"
    MCP = "mcp"
    HTTP = "http"


# MCP 2026-07-28, Streamable HTTP: GET and DELETE are answered with 405.
_METHODS: Mapping[Form, frozenset[str]] = {
    Form.CATALOGUE: frozenset({"GET"}),
    Form.MCP: frozenset({"POST"}),
    Form.HTTP: frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}),
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes, as far as its URL says it.

    `name` is the tool server's, or empty for the catalogue; `rest` the raw path below it, or empty.
    `audience` is what a token must be for, `htu` what a proof must name (RFC 9449 section 4.3).
    """

    form: Form
    name: str
    rest: bytes
    audience: str
    htu: str
    resource_metadata: str


class Routes:
    """The routes below one public URL, which has neither query nor slash at its end."""

    def __init__(self, public_url: IssuerURL) -> None:
        self._public_url = public_url

    def find(self, incoming: IncomingCall) -> Route:
        """The route of a request. Raises UnknownRoute, MethodNotAllowed, AmbiguousRequest."""
        match = _PATH.fullmatch(incoming.path)
        if match is None:
            raise UnknownRoute("no such path")
        name, rest = (match[1] or b"").decode(), match[2] or b""
        route = self._route(name, rest)
        _check_method(route.form, incoming.method)
        if incoming.query and route.form is not Form.HTTP:
            raise AmbiguousRequest("a query, where none has a meaning")
        return route

    def _route(self, name: str, rest: bytes) -> Route:
        resource = f"/tools/{name}" if name else "/tools"
        audience = self._public_url + resource
        metadata = protected_resource_url(ResourceURI(audience))
        if not name:
            form = Form.CATALOGUE
        elif rest:
            form = Form.HTTP
        else:
            form = Form.MCP
        htu = normalize_htu(audience + rest.decode("ascii")) if rest else audience
        return Route(form, name, rest, audience, htu, metadata)


def _check_method(form: Form, method: str) -> None:
    allowed = _METHODS[form]
    if method not in allowed:
        raise MethodNotAllowed(f"{method[:20]} on {form}", ", ".join(sorted(allowed)))
