"""HTTP tools: what a document describes is what is pinned, and what makes no request is refused."""

import json

import pytest

from remit.identity.tools import ParameterIn, Tool
from remit.kernel.canonical import canonicalize, digest_bytes, parse_strict
from remit.kernel.errors import Malformed
from remit.manifest.documents import ToolServerDocument
from remit.manifest.http_tools import http_tool, verify_apart
from remit.manifest.yaml import ManifestError
from tests.manifest.scene import read

TICKET = """\
    - name: close
      risk: write
      dataClasses: [pii]
      request:
        method: POST
        path: /v1/tickets/{id}/close
        description: Close a ticket.
        parameters:
          - {name: id, in: path, schema: {type: integer}}
          - {name: quiet, in: query, required: false, schema: {type: boolean}}
          - {name: note, in: body, schema: {type: string, maxLength: 100}}
"""
SERVER = """
apiVersion: remit/v1
kind: ToolServer
metadata: {name: desk}
spec:
  protocol: http
  upstream: {url: "https://desk.example"}
  tools:
"""


def tool_of(text: str = TICKET) -> Tool:
    (declared,) = read(SERVER + text)
    document = declared.document
    assert isinstance(document, ToolServerDocument)
    return http_tool(declared, 0, document.spec.tools[0])


def test_the_definition_says_all_that_the_request_is_made_of() -> None:
    tool = tool_of()
    assert json.loads(tool.definition) == {
        "name": "close",
        "description": "Close a ticket.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "quiet": {"type": "boolean"},
                "note": {"type": "string", "maxLength": 100},
            },
            "required": ["id", "note"],
            "additionalProperties": False,
        },
        "x-remit-request": {
            "method": "POST",
            "path": "/v1/tickets/{id}/close",
            "parameters": {"id": "path", "quiet": "query", "note": "body"},
        },
    }
    assert json.loads(tool.input_schema) == json.loads(tool.definition)["inputSchema"]


def test_what_is_pinned_is_canonical_and_its_digest_its_own() -> None:
    tool = tool_of()
    assert canonicalize(parse_strict(tool.definition)) == tool.definition
    assert digest_bytes(tool.definition) == tool.digest
    assert tool.http is not None
    places = {each.name: each.place for each in tool.http.parameters}
    assert places == {"id": ParameterIn.PATH, "quiet": ParameterIn.QUERY, "note": ParameterIn.BODY}
    assert (tool.risk, tool.data_classes) == ("write", frozenset({"pii"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("method: POST", "method: PUT"),
        ("/close\n", "/reopen\n"),
        ("quiet, in: query", "quiet, in: body"),
        ("required: false, ", ""),
        ("maxLength: 100", "maxLength: 101"),
        ("Close a ticket", "Close a ticket now"),
        ("name: note", "name: remark"),
    ],
)
def test_whatever_changes_the_request_changes_the_digest(before: str, after: str) -> None:
    assert before in TICKET
    assert tool_of(TICKET.replace(before, after, 1)).digest != tool_of().digest


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("name: note, in: body", "name: id, in: body", "same name"),
        ("name: id, in: path", "name: id, in: query", "differ in id"),
        ("{id}", "{ticket}", "differ in id, ticket"),
        ("/{id}/close", "/close", "differ in id"),
        ("/{id}/close", "/{id}/{id}", "twice"),
        ("/{id}/close", "/x{id}/close", "whole segment"),
        ("/{id}/close", "/{id}/../close", "dot segment"),
        ("/{id}/close", "//{id}", "empty segment"),
        ("/{id}/close", "/{id}/a%2Fb", "encoded"),
        ("in: path, schema", "in: path, required: false, schema", "always required"),
        ("method: POST", "method: GET", "no body"),
        ("maxLength: 100", "maxLength: 1180591620717411303424", "integer"),
        ("{type: integer}", '{type: integer, title: "\\ud83d\\ude00"}', "UTF-8"),
    ],
)
def test_what_makes_no_request_is_refused_at_its_line(before: str, after: str, said: str) -> None:
    assert before in TICKET
    with pytest.raises(ManifestError, match=said) as refused:
        tool_of(TICKET.replace(before, after, 1))
    assert refused.value.detail.startswith("test.yaml:")


def test_an_http_tool_needs_a_request_and_has_no_foreign_digest() -> None:
    with pytest.raises(ManifestError, match=r":9: .* needs `request`"):
        tool_of("    - {name: close, risk: read}\n")
    digest = f"      digest: sha256:{'0' * 64}\n"
    with pytest.raises(ManifestError, match="is what it says here"):
        tool_of(TICKET.replace("      risk: write\n", "      risk: write\n" + digest))


def test_a_get_without_parameters_is_a_tool() -> None:
    tool = tool_of("    - {name: all, risk: read, request: {method: GET, path: /}}\n")
    assert json.loads(tool.input_schema)["properties"] == {}


def test_two_tools_that_are_the_same_request_are_refused() -> None:
    one = tool_of()
    other = tool_of(
        TICKET.replace("close\n", "shut\n", 1).replace("{id}", "{nr}").replace("id,", "nr,")
    )
    assert other.name == "shut"
    with pytest.raises(Malformed, match="close and shut are the same request"):
        verify_apart([one, other])


def test_tools_that_differ_in_method_or_literals_are_apart() -> None:
    others = [
        tool_of(TICKET.replace("close\n", "a\n", 1).replace("method: POST", "method: PUT")),
        tool_of(TICKET.replace("close\n", "b\n", 1).replace("/close\n", "/reopen\n")),
    ]
    verify_apart([tool_of(), *others])
