"""The request to an HTTP upstream, from the permitted arguments alone."""

from typing import Any

import pytest

from remit.identity.tools import Protocol, Upstream
from remit.kernel.errors import RemitError
from remit.outbound.errors import DestinationInvalid
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable
from remit.proxy.dialects.http_target import build_http_request, check_target, destination_of
from remit.proxy.errors import AmbiguousRequest
from tests.proxy.world import DEFINITIONS, HTTP_SERVER, HTTP_TOOLS, mcp_tool, server

SERVER = server(HTTP_SERVER, "orders", Protocol.HTTP, "https://api.example/base/", HTTP_TOOLS)
READ, FORM, FIND, CHANGE, _ = HTTP_TOOLS


def test_it_hangs_on_the_upstreams_path() -> None:
    made = build_http_request(SERVER.upstream, READ, {"id": "é 1"}, ((b"x", b"y"),))
    assert made.target == b"/base/v1/orders/%C3%A9%201"
    assert (made.method, made.body) == (b"GET", b"")
    assert made.headers == ((b"accept", b"application/json, */*;q=0.5"), (b"x", b"y"))


def test_the_query_stands_in_the_order_of_the_definition() -> None:
    made = build_http_request(SERVER.upstream, FIND, {"limit": 5, "q": "a&b=c"}, ())
    assert made.target == b"/base/v1/orders?q=a%26b%3Dc&limit=5"
    assert build_http_request(SERVER.upstream, FIND, {}, ()).target == b"/base/v1/orders"


def test_the_body_is_canonical() -> None:
    made = build_http_request(SERVER.upstream, CHANGE, {"note": "n", "id": "1", "amount": 2}, ())
    assert made.body == b'{"amount":2,"note":"n"}'
    assert (b"content-type", b"application/json") in made.headers


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"id": "new"}, AmbiguousRequest),
        ({"id": ".."}, RemitError),
        ({"id": "a/b"}, RemitError),
        ({}, RemitError),
        ({"id": None}, RemitError),
        ({"id": ["x"]}, RemitError),
        ({"id": "x", "extra": 1}, ArgumentsInvalid),
    ],
)
def test_arguments_that_make_no_such_request_are_refused(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    check_target(SERVER, READ, {"id": "o-1"})
    check_target(SERVER, FORM, {})
    with pytest.raises(error):
        check_target(SERVER, READ, arguments)


def test_a_tool_without_a_request_makes_none() -> None:
    tool = mcp_tool(DEFINITIONS[0])
    with pytest.raises(SchemaUnusable):
        check_target(SERVER, tool, {})
    with pytest.raises(SchemaUnusable):
        build_http_request(SERVER.upstream, tool, {}, ())


def test_an_upstream_is_reached_only_where_it_may_be() -> None:
    destination, target = destination_of(Upstream("https://api.example/base", "ca.pem", True))
    assert (destination.origin, target) == ("https://api.example", b"/base")
    assert destination.reach.private
    assert destination.tls.ca_file == "ca.pem"
    with pytest.raises(DestinationInvalid):
        destination_of(Upstream("ftp://api.example", None, allow_private=False))
