"""What looks like what it is not is pinned by its digest, or not at all."""

import pytest

from remit.kernel.canonical import Json
from remit.manifest.documents import ToolServerDocument, ToolSpec
from remit.manifest.kinds.suspicions import verify_distinct, verify_plain
from remit.manifest.read import Declared, read_manifest
from remit.manifest.yaml import ManifestError
from remit.mcp.tools import ToolDefinition, parse_tool

TEXT = """
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: notes}}
spec:
  protocol: mcp
  upstream: {{url: "https://notes.example/mcp"}}
  tools:
{tools}
"""


def declare(*tools: str) -> tuple[Declared, tuple[ToolSpec, ...]]:
    text = TEXT.format(tools="\n".join(f"    - {{{tool}, risk: read}}" for tool in tools))
    (declared,) = read_manifest(text, "site.yaml")
    assert isinstance(declared.document, ToolServerDocument)
    return declared, declared.document.spec.tools


def define(**members: Json) -> ToolDefinition:
    return parse_tool({"name": "read", "inputSchema": {"type": "object"}, **members})


def test_a_plain_definition_is_pinned_by_its_name() -> None:
    declared, (spec,) = declare("name: read")
    verify_plain(declared, 0, spec, define(description="Reads a note; naïve, too.\nTwo lines."))


def test_hidden_text_is_told_with_its_place_and_the_digest_that_would_pin_it() -> None:
    declared, (spec,) = declare("name: read")
    hiding = define(description="Reads.\u200b")
    with pytest.raises(ManifestError) as refused:
        verify_plain(declared, 0, spec, hiding)
    assert "at 'description'" in refused.value.detail
    assert refused.value.detail.startswith("site.yaml:9: ")
    assert refused.value.detail.endswith(hiding.digest)


def test_hidden_text_is_pinned_by_its_digest() -> None:
    hiding = define(description="Reads.\u200b")
    declared, (spec,) = declare(f'name: read, digest: "{hiding.digest}"')
    verify_plain(declared, 0, spec, hiding)


def test_names_that_look_alike_are_told_apart_by_their_digests_only() -> None:
    digest = f'digest: "sha256:{"0" * 64}"'
    verify_distinct(*declare("name: read_note", "name: write_note"))
    for first, second in (("", ""), ("", ", " + digest), (", " + digest, "")):
        with pytest.raises(ManifestError, match="'read-note' and 'read_note' look alike"):
            verify_distinct(*declare("name: read_note" + first, "name: read-note" + second))
    verify_distinct(*declare(f"name: read_note, {digest}", f"name: read-note, {digest}"))
