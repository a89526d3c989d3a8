"""The kinds of document as they are written: exact names, no unknown member, no secret."""

from typing import Any, get_args

import msgspec
import pytest

from remit.manifest import documents
from remit.manifest.documents import Document, Name, SecretDocument, ToolServerDocument
from tests.manifest.scene import EVERYTHING, SERVER, read


def server(**tool: Any) -> dict[str, Any]:
    (declared,) = read(SERVER)
    content = declared.located.content
    assert isinstance(content, dict)
    made: dict[str, Any] = msgspec.to_builtins(content)
    made["spec"]["tools"][0].update(tool)
    return made


def convert(content: object) -> Document:
    return msgspec.convert(content, Document)


def test_every_kind_knows_its_name() -> None:
    names = {each.kind: each.document.name for each in read(EVERYTHING)}
    assert names == {
        "Human": "bob",
        "TrustIssuer": "forge",
        "Secret": "notes-key",
        "ToolServer": "notes",
        "Agent": "ada",
        "Policy": "no-writes",
        "Remit": "take-notes",
    }
    assert len(names) == len(get_args(Document))


@pytest.mark.parametrize("name", ["a", "a-b-1", "a" * 63])
def test_a_plain_name_is_taken(name: str) -> None:
    assert msgspec.convert(name, Name) == name


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "-a", "a_b", "a.b", "a/b", "a b", "ä", "a\n", "a" * 64, None, 1, True]
)
def test_any_other_name_is_refused(name: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(name, Name)


@pytest.mark.parametrize(
    "tool",
    [
        {"risk": "Read"},
        {"risk": "none"},
        {"name": ""},
        {"name": "x" * 129},
        {"digest": "sha256:abc"},
        {"digest": "sha256:" + "A" * 64},
        {"digest": "sha256:" + "a" * 64 + "\n"},
        {"dataClasses": "pii"},
        {"data_classes": []},
        {"allow": True},
        {"request": {"method": "get", "path": "/"}},
        {"request": {"method": "TRACE", "path": "/"}},
        {"request": {"method": "GET", "path": "notes"}},
        {"request": {"method": "GET", "path": "/", "parameters": [{"name": "a", "in": "header"}]}},
    ],
    ids=str,
)
def test_a_tool_that_is_written_otherwise_is_refused(tool: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        convert(server(**tool))


def test_a_digest_in_its_exact_form_is_taken() -> None:
    document = convert(server(digest="sha256:" + "a" * 64))
    assert isinstance(document, ToolServerDocument)
    assert document.spec.tools[0].digest == "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "change",
    [
        {"apiVersion": "remit/v2"},
        {"apiVersion": None},
        {"kind": "Toolserver"},
        {"kind": None},
        {"metadata": {"name": "notes", "labels": {}}},
        {"metadata": {}},
        {"status": {}},
        {"spec": None},
    ],
    ids=str,
)
def test_a_document_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        convert({**server(), **change})


@pytest.mark.parametrize("seconds", [0, -1, 301, "60", True, float("nan")])
def test_a_timeout_out_of_bounds_is_refused(seconds: object) -> None:
    content = server()
    content["spec"]["timeoutSeconds"] = seconds
    with pytest.raises(msgspec.ValidationError):
        convert(content)


@pytest.mark.parametrize("member", ["value", "data", "secret"])
def test_a_secret_has_no_place_for_its_value(member: str) -> None:
    head = {"apiVersion": "remit/v1", "kind": "Secret", "metadata": {"name": "key"}}
    document = convert({**head, "spec": {"from": {"environment": "KEY"}}})
    assert isinstance(document, SecretDocument)
    assert document.spec.source.environment == "KEY"
    for spec in ({member: "x"}, {"from": {member: "x"}}, {"from": "x"}):
        with pytest.raises(msgspec.ValidationError) as caught:
            convert({**head, "spec": spec})
        assert "'x'" not in str(caught.value)


def test_documents_cannot_be_changed_once_read() -> None:
    for each in read(EVERYTHING):
        with pytest.raises(AttributeError):
            each.document.metadata = documents.Metadata(name="x")
