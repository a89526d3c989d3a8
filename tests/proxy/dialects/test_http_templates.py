"""Which tool a method and a path are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import Malformed
from remit.kernel.paths import format_path, parse_request_path
from remit.proxy.dialects.http_templates import (
    fill_template,
    find_tool,
    parse_template,
    write_scalar,
)
from remit.proxy.errors import AmbiguousRequest
from tests.proxy.world import HTTP_TOOLS, http_tool


def found(method: str, path: bytes) -> tuple[str, dict[str, str]] | None:
    match = find_tool(HTTP_TOOLS, method, parse_request_path(path))
    return None if match is None else (match[0].name, dict(match[1]))


def test_a_path_is_the_tool_whose_template_it_fits() -> None:
    assert found("GET", b"/v1/orders/o-1") == ("read_order", {"id": "o-1"})
    assert found("PATCH", b"/v1/orders/o%20%C3%A9") == ("change_order", {"id": "o é"})
    assert found("GET", b"/v1/orders") == ("find_orders", {})


def test_a_literal_goes_before_a_parameter() -> None:
    assert found("GET", b"/v1/orders/new") == ("new_order_form", {})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", b"/v1/orders"),
        ("get", b"/v1/orders"),
        ("GET", b"/v1/orders/o-1/items"),
        ("GET", b"/v2/orders/o-1"),
        ("GET", b"/V1/orders/o-1"),
        ("GET", b"/"),
    ],
)
def test_another_method_or_path_is_no_tool(method: str, path: bytes) -> None:
    assert found(method, path) is None


def test_two_tools_of_one_path_are_none() -> None:
    tools = (
        http_tool("a", "GET", "/x/{id}", ("id", "path", "string")),
        http_tool("b", "GET", "/x/{other}", ("other", "path", "string")),
    )
    with pytest.raises(AmbiguousRequest):
        find_tool(tools, "GET", ("x", "y"))


@pytest.mark.parametrize(
    "template",
    ["v1", "/v1/{id}.json", "/v1/{}", "/v1/{a}{b}", "/v1//x", "/v1/..", "/v1/{id", "/a/"],
)
def test_a_template_is_made_of_whole_segments(template: str) -> None:
    with pytest.raises(Malformed):
        parse_template(template)
    assert parse_template("/") == ()


@given(st.text(max_size=30))
def test_whatever_fills_a_template_is_read_as_itself_again(value: str) -> None:
    binding = HTTP_TOOLS[0].http
    assert binding is not None
    try:
        path = format_path(fill_template(binding, {"id": value}))
    except Malformed:
        return
    assert parse_request_path(path) == ("v1", "orders", value)


@pytest.mark.parametrize(
    ("value", "written"), [("a", "a"), (5, "5"), (True, "true"), (1.5, "1.5"), (1.0, "1")]
)
def test_a_scalar_is_written_in_one_way(value: object, written: str) -> None:
    assert write_scalar(value) == written  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, [], {}, ["a"]])
def test_what_is_no_scalar_has_no_place_in_a_path(value: object) -> None:
    with pytest.raises(Malformed):
        write_scalar(value)  # type: ignore[arg-type]
