"""Step 0: what a URL means, and nothing but the URL."""

import pytest

from remit.kernel.errors import Malformed
from remit.kernel.uri import IssuerURL
from remit.proxy.errors import AmbiguousRequest, MethodNotAllowed, UnknownRoute
from remit.proxy.messages import BufferedBody, IncomingCall
from remit.proxy.routes import Form, Route, Routes

ROUTES = Routes(IssuerURL("https://remit.example/base"))


def find(path: bytes, method: str = "POST", query: bytes = b"") -> Route:
    host = ((b"host", b"evil.example"), (b"x-forwarded-host", b"evil.example"))
    return ROUTES.find(IncomingCall(method, path, query, host, BufferedBody(b""), "peer"))


def test_the_servers_own_path_is_its_mcp_endpoint() -> None:
    route = find(b"/tools/tickets")
    assert (route.form, route.name, route.rest) == (Form.MCP, "tickets", b"")
    assert route.audience == route.htu == "https://remit.example/base/tools/tickets"
    assert route.resource_metadata == (
        "https://remit.example/.well-known/oauth-protected-resource/base/tools/tickets"
    )


def test_what_is_below_it_is_a_path_of_an_http_tool() -> None:
    route = find(b"/tools/orders/v1/orders/o-1", "GET", b"x=1")
    assert (route.form, route.name, route.rest) == (Form.HTTP, "orders", b"/v1/orders/o-1")
    assert route.audience == "https://remit.example/base/tools/orders"
    assert route.htu == "https://remit.example/base/tools/orders/v1/orders/o-1"


def test_the_collection_itself_is_the_catalogue() -> None:
    route = find(b"/tools", "GET")
    assert (route.form, route.name) == (Form.CATALOGUE, "")
    assert route.audience == "https://remit.example/base/tools"


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/",
        b"/toolsx",
        b"/tools/",
        b"//tools/tickets",
        b"/tools//tickets",
        b"/tools/..",
        b"/tools/%74ickets",
        b"/tools/tick ets",
        b"/tools/tickets/\xff",
        b"/TOOLS/tickets",
        b"/tools/" + b"a" * 129,
    ],
)
def test_another_path_is_no_route(path: bytes) -> None:
    with pytest.raises(UnknownRoute):
        find(path)


@pytest.mark.parametrize(
    ("path", "method"),
    [(b"/tools", "POST"), (b"/tools/t", "GET"), (b"/tools/t", "DELETE"), (b"/tools/t/x", "TRACE")],
)
def test_another_method_is_not_allowed(path: bytes, method: str) -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        find(path, method)
    assert method not in refused.value.allow.split(", ")


@pytest.mark.parametrize(("path", "method"), [(b"/tools", "GET"), (b"/tools/t", "POST")])
def test_a_query_where_none_has_a_meaning_is_refused(path: bytes, method: str) -> None:
    with pytest.raises(AmbiguousRequest):
        find(path, method, b"access_token=x")


def test_a_path_that_no_proof_could_name_is_refused() -> None:
    with pytest.raises(Malformed):
        find(b"/tools/t/" + b"a" * 3000)
