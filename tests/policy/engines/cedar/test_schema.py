"""Cedar's schema of a target is one that Cedar reads, for whatever names a tool chose."""

import cedarpy
import pytest

from remit.identity.tools import RiskTier
from remit.policy.argument_types import Opaque
from remit.policy.engines.cedar import schema as module
from remit.policy.engines.cedar.facts import ContextShape
from remit.policy.engines.cedar.schema import full_shape, write_schema
from remit.policy.engines.cedar.target import call_of, mint_for
from tests.policy.scene import REFUND, make_server, make_tool


def schema_of(target, shape=None):
    return str(cedarpy.Schema.from_json_str(write_schema(target, shape or full_shape(target))))


def test_a_tools_arguments_become_its_input():
    written = schema_of(call_of(make_server(), make_tool()))
    for line in (
        "order: __cedar::String",
        "amount?: __cedar::Long",
        "rate?: __cedar::decimal",
        "tags?: Set<__cedar::String>",
        "fast?: __cedar::Bool",
        "iban: __cedar::String",
        'action "billing/refund" in [Action::"write", Action::"call"]',
    ):
        assert line in written, written
    assert "note" not in written


@pytest.mark.parametrize("name", ["a b", 'q"uote', "back\\slash", "é\n", "if", "in", "like", "-"])
def test_names_that_cedar_cannot_say_plainly_are_quoted(name):
    tool = make_tool(name, {"type": "object", "properties": {name: {"type": "string"}}})
    assert schema_of(call_of(make_server(tool), tool))


def test_each_risk_is_a_group():
    for risk in RiskTier:
        tool = make_tool(risk=risk)
        assert f'Action::"{risk.value}"' in schema_of(call_of(make_server(tool), tool))


def test_a_token_has_a_lifetime_and_no_input():
    for target in (mint_for(make_server()), mint_for(None)):
        written = schema_of(target)
        assert "lifetime: __cedar::Long" in written
        assert "input" not in written


def test_a_lean_shape_makes_a_lean_schema():
    written = schema_of(call_of(make_server(), make_tool()), ContextShape((), None, False))
    assert "purpose:" not in written
    assert "input" not in written


def test_what_is_opaque_has_no_type():
    assert "note" in REFUND["properties"]
    with pytest.raises(ValueError, match="opaque"):
        module._argument(Opaque("it may be anything"))
