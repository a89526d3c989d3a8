"""Scopes say where a policy can apply."""

import json

import cedarpy
import pytest

from remit.policy.engines.cedar.scope import ACTION, AGENT, SERVER, TOOL, read_scope


def scope_of(head):
    text = f"permit ({head});"
    (tree,) = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    return read_scope(tree)


UID = (TOOL, "s/t")
ABOVE = {(SERVER, "s")}


@pytest.mark.parametrize(
    ("resource", "admits"),
    [
        ("resource", True),
        ('resource == Remit::Tool::"s/t"', True),
        ('resource == Remit::Tool::"s/u"', False),
        ('resource == Remit::Server::"s"', False),
        ('resource in Remit::Server::"s"', True),
        ('resource in Remit::Server::"z"', False),
        ('resource in Remit::Tool::"s/t"', True),
        ("resource is Remit::Tool", True),
        ("resource is Remit::Server", False),
        ('resource is Remit::Tool in Remit::Server::"s"', True),
        ('resource is Remit::Tool in Remit::Server::"z"', False),
    ],
)
def test_a_place_admits_what_it_describes(resource, admits):
    assert scope_of(f"principal, action, {resource}").resource.admits(UID, ABOVE) is admits


def test_actions_may_be_listed():
    place = scope_of(
        'principal, action in [Remit::Action::"read", Remit::Action::"s/t"], resource'
    ).action
    assert place.admits((ACTION, "s/t"), set())
    assert place.admits((ACTION, "s/u"), {(ACTION, "read")})
    assert not place.admits((ACTION, "s/u"), {(ACTION, "write")})


@pytest.mark.parametrize(
    ("principal", "agents"),
    [
        ("principal", None),
        ("principal is Remit::Agent", None),
        ('principal == Remit::Agent::"ada"', {"ada"}),
        ('principal in Remit::Agent::"ada"', {"ada"}),
        ('principal is Remit::Agent in Remit::Agent::"ada"', {"ada"}),
        ('principal == Remit::Human::"hum_1"', set()),
    ],
)
def test_a_policy_may_be_about_one_agent(principal, agents):
    assert scope_of(f"{principal}, action, resource").agents == agents


def test_types_that_are_not_ours_are_named():
    scope = scope_of('principal is Agent, action == Action::"x", resource in Remit::Server::"s"')
    assert scope.unknown_types() == {"Agent", "Action"}
    assert scope_of(f'principal == {AGENT}::"a", action, resource').unknown_types() == frozenset()


@pytest.mark.parametrize(
    "place",
    [
        None,
        {},
        {"op": "=="},
        {"op": "==", "slot": "?resource"},
        {"op": "==", "entity": {"id": 1}},
        {"op": "is", "entity_type": "A", "in": {"slot": "?resource"}},
        {"op": "of tomorrow"},
    ],
)
def test_a_scope_that_is_not_understood_is_refused(place):
    everything = {"op": "All"}
    with pytest.raises(ValueError, match="Remit does not read"):
        read_scope({"principal": everything, "action": everything, "resource": place})
