"""Targets: which policies concern a call, or a token."""

import pytest

from remit.identity.tools import RiskTier
from remit.policy.engine import PolicyDocument
from remit.policy.engines.cedar.documents import read_documents
from remit.policy.engines.cedar.target import call_of, mint_for
from remit.policy.refusals import SchemaUnusable
from tests.policy.scene import make_server, make_tool

READ = call_of(make_server(), make_tool("refund", risk=RiskTier.READ))
MINT = mint_for(make_server())
CATALOGUE = mint_for(None)


@pytest.mark.parametrize(
    ("head", "concerned"),
    [
        ("principal, action, resource", {"read", "mint", "catalogue"}),
        ('principal, action in Remit::Action::"call", resource', {"read"}),
        ('principal, action in Remit::Action::"read", resource', {"read"}),
        ('principal, action == Remit::Action::"read", resource', set()),
        ('principal, action in Remit::Action::"write", resource', set()),
        ('principal, action == Remit::Action::"billing/refund", resource', {"read"}),
        ('principal, action == Remit::Action::"billing/wipe", resource', set()),
        ('principal, action == Remit::Action::"mint", resource', {"mint", "catalogue"}),
        ('principal, action, resource in Remit::Server::"billing"', {"read", "mint"}),
        ('principal, action, resource == Remit::Server::"billing"', {"mint"}),
        ('principal, action, resource in Remit::Server::"mail"', set()),
        ("principal, action, resource is Remit::Catalogue", {"catalogue"}),
        ("principal is Remit::Agent, action, resource", {"read", "mint", "catalogue"}),
        ("principal is Remit::Human, action, resource", set()),
        ('principal == Remit::Human::"hum_1", action, resource', set()),
        ('principal == Remit::Agent::"ada", action, resource', {"read", "mint", "catalogue"}),
    ],
)
def test_a_policy_concerns_what_its_scope_admits(head, concerned):
    (policy,) = read_documents([PolicyDocument("ops", f"permit ({head});")])
    targets = {"read": READ, "mint": MINT, "catalogue": CATALOGUE}
    assert {name for name, target in targets.items() if target.concerns(policy)} == concerned


def test_a_tool_whose_schema_cannot_be_used_is_no_target():
    with pytest.raises(SchemaUnusable):
        call_of(make_server(), make_tool(schema="{"))
