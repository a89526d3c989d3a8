import json

import pytest

from remit.kernel.errors import LimitExceeded
from remit.web.http import (
    NO_STORE,
    Request,
    Response,
    Route,
    RouteTable,
    check_body_size,
    json_response,
    uncounted,
)


async def answer(request: Request) -> Response:
    return Response(200, (), b"")


def route(method: str, path: str, *, is_prefix: bool = False) -> Route:
    return Route(method, path, answer, is_prefix=is_prefix)


def test_a_header_is_given_as_often_as_it_came() -> None:
    headers = ((b"a", b"1"), (b"b", b"x"), (b"a", b"\xff"))
    request = Request("GET", "/", b"", headers, b"", "unix")
    assert request.header_values(b"a") == ("1", "\xff")
    assert request.header_values(b"c") == ()


def test_no_repr_shows_what_was_sent() -> None:
    request = Request("GET", "/", b"", ((b"authorization", b"s3cret"),), b"s3cret", "unix")
    assert "s3cret" not in repr(request)
    assert "s3cret" not in repr(Response(200, (), b"s3cret"))


def test_json_is_not_stored_by_anybody_unless_said_so() -> None:
    response = json_response({"a": ["ä", None, 1]}, 201)
    assert json.loads(response.body) == {"a": ["ä", None, 1]}
    assert response.status == 201
    assert response.headers == ((b"content-type", b"application/json"), *NO_STORE)
    assert json_response({}, headers=()).headers == ((b"content-type", b"application/json"),)


def test_two_routes_at_one_place_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="share"):
        RouteTable((route("GET", "/a"),), (route("GET", "/a"),))
    RouteTable((route("GET", "/a"),), (route("POST", "/a"),))


def test_a_route_is_found_by_its_exact_path_and_method() -> None:
    exact = route("GET", "/a")
    table = RouteTable((exact, route("POST", "/b")))
    assert table.find("GET", "/a") is exact
    for method, path in (
        ("GET", "/a/"), ("GET", "/A"), ("get", "/a"), ("HEAD", "/a"), ("GET", "/b"), ("GET", ""),
    ):  # fmt: skip
        assert table.find(method, path) is None


def test_a_prefix_answers_below_itself_and_an_exact_route_comes_first() -> None:
    below, exact = route("GET", "/a", is_prefix=True), route("GET", "/a/b")
    table = RouteTable((below, exact))
    assert table.find("GET", "/a") is below
    assert table.find("GET", "/a/c/d") is below
    assert table.find("GET", "/a/b") is exact
    assert table.find("GET", "/ab") is None
    assert table.find("POST", "/a/c") is None


def test_a_path_knows_its_methods() -> None:
    table = RouteTable((route("POST", "/a"), route("GET", "/a"), route("GET", "/b")))
    assert table.methods_at("/a") == ("GET", "POST")
    assert table.methods_at("/c") == ()


def test_a_body_as_large_as_its_limit_is_taken() -> None:
    check_body_size(8, 8)
    with pytest.raises(LimitExceeded):
        check_body_size(9, 8)
    with pytest.raises(LimitExceeded):
        check_body_size(1, 0)


def test_a_listener_of_the_machines_own_counts_nothing() -> None:
    uncounted("not_found")


def test_a_place_below_a_prefix_knows_its_methods_too() -> None:
    table = RouteTable((route("GET", "/docs", is_prefix=True), route("POST", "/docs/new")))
    assert table.methods_at("/docs/other") == ("GET",)
    assert table.methods_at("/docs/new") == ("GET", "POST")
    assert table.methods_at("/docsx") == ()
