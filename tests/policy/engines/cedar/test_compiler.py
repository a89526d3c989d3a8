"""Compiling: all or nothing, for every tool that is known."""

import pytest

from remit.kernel.ids import TenantId
from remit.policy.engine import PoliciesInvalid, PolicyDocument
from remit.policy.engines.cedar.compiler import CedarCompiler, digest_of
from tests.policy.scene import PERMIT_ALL, TEN, make_server, make_tool

WRONG = "\npermit (principal, action, resource is Remit::Tool) when { context.input.gone };"


def compile_them(*texts, servers=()):
    documents = [PolicyDocument(f"doc{n}", text) for n, text in enumerate(texts)]
    return CedarCompiler(TEN).compile(documents, servers)


def test_a_bundle_is_its_documents_in_any_order():
    one, two = PolicyDocument("a", PERMIT_ALL), PolicyDocument("b", "")
    assert digest_of([one, two]) == digest_of([two, one])
    assert digest_of([one]) != digest_of([one, two])
    assert digest_of([PolicyDocument("ab", "c")]) != digest_of([PolicyDocument("a", "bc")])
    assert compile_them().engine.bundle == digest_of([])


def test_each_tool_and_each_token_is_compiled_for():
    servers = [make_server(), make_server(name="mail")]
    with pytest.raises(PoliciesInvalid) as caught:
        compile_them(PERMIT_ALL, WRONG, servers=servers)
    assert {(fault.document, fault.line) for fault in caught.value.faults} == {("doc1", 2)}
    assert len(caught.value.faults) == 2
    for text in (
        "permit (principal, action, resource is Remit::Catalogue) when { context.gone };",
        "permit (principal, action, resource is Remit::Server) when { context.gone };",
    ):
        with pytest.raises(PoliciesInvalid):
            compile_them(text, servers=servers)


def test_a_policy_about_nothing_known_is_a_warning():
    compiled = compile_them('permit (principal, action == Remit::Action::"a/b", resource);')
    (warning,) = compiled.warnings
    assert (warning.document, warning.line, warning.policy) == ("doc0", 1, "doc0.1")
    assert "no known tool" in warning.message


def test_a_retired_or_foreign_tool_server_stops_no_policy():
    gone = make_server(retired=True)
    foreign = make_server(tenant=TenantId("ten_b"))
    compile_them(WRONG, servers=[foreign])
    compile_them(WRONG, servers=[gone])


def test_a_tool_whose_schema_cannot_be_used_is_a_warning():
    compiled = compile_them(PERMIT_ALL, servers=[make_server(make_tool(schema="{"))])
    (warning,) = compiled.warnings
    assert warning.policy == "billing/refund"
