"""Typed arguments from path, query and body."""

from typing import Any

import pytest

from remit.kernel.errors import RemitError
from remit.policy.refusals import ArgumentsInvalid
from remit.proxy.dialects.http_arguments import gather_arguments, takes_body
from tests.proxy.world import HTTP_TOOLS, http_tool

KINDS = http_tool(
    "kinds",
    "POST",
    "/k/{s}",
    ("s", "path", "string"),
    ("i", "query", "integer"),
    ("n", "query", "number"),
    ("b", "query", "boolean"),
    ("a", "query", "array"),
    ("o", "body", "object"),
)


def gather(query: dict[str, str], body: dict[str, Any] | None = None) -> dict[str, Any]:
    assert KINDS.http is not None
    return dict(gather_arguments(KINDS.http, {"s": "1"}, query, body or {}))


def test_each_place_gives_its_parameters_in_their_types() -> None:
    assert gather({"i": "-5", "n": "1.5", "b": "true"}, {"o": {"x": 1}}) == {
        "s": "1",
        "i": -5,
        "n": 1.5,
        "b": True,
        "o": {"x": 1},
    }
    assert gather({"n": "7", "b": "false"}) == {"s": "1", "n": 7, "b": False}


@pytest.mark.parametrize(
    "query",
    [
        {"i": "1.0"}, {"i": "01"}, {"i": "+1"}, {"i": " 1"}, {"i": "1_0"}, {"i": "\u0661"},
        {"i": "9007199254740992"}, {"i": "-0"}, {"n": "NaN"}, {"n": "1e999"}, {"n": ".5"},
        {"b": "True"}, {"b": "1"}, {"a": "x"}, {"s": "in the path"}, {"o": "{}"}, {"unknown": "x"},
    ],
)  # fmt: skip
def test_what_is_not_exactly_of_its_type_and_place_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(RemitError) as refused:
        gather(query)
    assert refused.value.status in (400, 403)


@pytest.mark.parametrize("body", [{"i": 1}, {"s": "x"}, {"unknown": 1}])
def test_the_body_holds_its_own_parameters_alone(body: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsInvalid):
        gather({}, body)


def test_a_parameter_of_listed_texts_is_text() -> None:
    tool = http_tool("t", "GET", "/t", ("k", "query", "string"))
    assert tool.http is not None
    [parameter] = tool.http.parameters
    for schema, is_text in (('{"enum":["a"]}', True), ("{}", False), ("true", False)):
        made = type(parameter)(parameter.name, parameter.place, True, schema)
        binding = type(tool.http)("GET", "/t", (made,))
        if is_text:
            assert gather_arguments(binding, {}, {"k": "a"}, {}) == {"k": "a"}
        else:
            with pytest.raises(ArgumentsInvalid):
                gather_arguments(binding, {}, {"k": "a"}, {})


def test_a_tool_takes_a_body_if_any_parameter_stands_there() -> None:
    bodies = {tool.name: takes_body(tool.http) for tool in HTTP_TOOLS if tool.http is not None}
    assert [name for name, takes in bodies.items() if takes] == ["change_order"]
