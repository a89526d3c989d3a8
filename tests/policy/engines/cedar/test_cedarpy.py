"""What we rely on in cedarpy, held by tests: its patch releases have changed behaviour before."""

import json
from importlib.metadata import version

import cedarpy
import pytest

SCHEMA = cedarpy.Schema.from_str(
    """
    namespace Remit {
      entity Agent = { purposes: Set<String> };
      entity Tool;
      action "call";
      action "read" in ["call"];
      action "s/t" in ["read"] appliesTo {
        principal: [Agent], resource: [Tool],
        context: { input: { path: String, n?: Long, tags?: Set<String>, d?: decimal } }
      };
    }
    """
)
ENTITIES = cedarpy.Entities.from_json_str(
    json.dumps(
        [
            {
                "uid": {"type": "Remit::Agent", "id": "ada"},
                "attrs": {"purposes": []},
                "parents": [],
            }
        ]
    ),
    SCHEMA,
)
PERMIT = '@id("p") permit (principal, action in Remit::Action::"call", resource);\n'


def ask(text, arguments=None, action="s/t", context=None):
    request = {
        "principal": {"type": "Remit::Agent", "id": "ada"},
        "action": {"type": "Remit::Action", "id": action},
        "resource": {"type": "Remit::Tool", "id": "s/t"},
        "context": context or json.dumps({"input": {"path": "/srv/x", **(arguments or {})}}),
    }
    policies = cedarpy.PolicySet.from_str(text)
    return cedarpy.is_authorized(request, policies, ENTITIES, SCHEMA)


def test_the_version_is_the_one_that_was_examined():
    assert version("cedarpy") == "4.12.2"


def test_reasons_are_named_by_place_in_the_text():
    answer = ask("forbid (principal, action, resource) when { false };\n" + PERMIT)
    assert (answer.decision, answer.diagnostics.reasons) == (cedarpy.Decision.Allow, ["policy1"])


def test_entities_made_with_a_schema_know_the_groups_of_actions():
    assert ask(PERMIT).allowed
    assert ask('permit (principal, action in Remit::Action::"read", resource);').allowed


def test_no_policy_denies_without_reasons():
    answer = ask("")
    assert (answer.decision, answer.diagnostics.reasons) == (cedarpy.Decision.Deny, [])


@pytest.mark.parametrize(
    "condition",
    [
        "context.input.n * 4611686018427387904 > 3",
        "context.input.n + 9223372036854775807 > 3",
        "context.input.n > 1 && principal.gone == 1",
    ],
)
def test_a_forbid_that_fails_is_skipped_with_an_error_that_names_it(condition):
    # The trap: the decision alone says Allow.
    answer = ask(PERMIT + f"forbid (principal, action, resource) when {{ {condition} }};", {"n": 4})
    assert answer.decision is cedarpy.Decision.Allow
    (error,) = answer.diagnostics.errors
    assert "policy `policy1`" in error


@pytest.mark.parametrize(
    ("arguments", "action", "context"),
    [
        ({"smuggled": 1}, "s/t", None),
        ({"n": "4"}, "s/t", None),
        ({"n": 2**63}, "s/t", None),
        ({"n": None}, "s/t", None),
        ({}, "nothing", None),
        ({}, "s/t", "{"),
        ({}, "s/t", "[]"),
        ({}, "s/t", "{}"),
    ],
)
def test_a_request_that_does_not_fit_the_schema_is_no_decision(arguments, action, context):
    answer = ask(PERMIT, arguments, action, context)
    assert (answer.decision, answer.allowed) == (cedarpy.Decision.NoDecision, False)
    assert answer.diagnostics.errors


def test_doubled_ids_and_empty_containsall_pass_unnoticed():
    # Traps that our own checks close.
    assert len(cedarpy.PolicySet.from_str(PERMIT + PERMIT)) == 2
    when = 'permit (principal, action, resource) when { ["a"].containsAll(context.input.tags) };'
    guarded = when.replace("{ [", "{ context.input has tags && [")
    assert cedarpy.validate_policies(guarded, SCHEMA).validation_passed
    assert ask(guarded, {"tags": []}).allowed


def test_like_does_not_know_paths():
    when = 'permit (principal, action, resource) when { context.input.path like "/srv/*" };'
    assert ask(when, {"path": "/srv/../etc/shadow"}).allowed


def test_validation_names_policies_by_place():
    text = PERMIT + "permit (principal, action, resource) when { context.input.gone };"
    result = cedarpy.validate_policies(text, SCHEMA)
    assert not result.validation_passed
    assert {error.policy_id for error in result.errors} == {"policy1"}


def test_an_optional_attribute_must_be_tested_before_it_is_read():
    text = "permit (principal, action, resource) when { context.input.n > 1 };"
    assert not cedarpy.validate_policies(text, SCHEMA).validation_passed


@pytest.mark.parametrize("argument", ["1.5", "-0.0001", "922337203685477.5807"])
def test_decimals_are_given_as_text_and_are_exact(argument):
    text = (
        f'permit (principal, action, resource) when {{ context.input.d == decimal("{argument}") }};'
    )
    guarded = text.replace("{ context", "{ context.input has d && context")
    assert ask(guarded, {"d": {"__extn": {"fn": "decimal", "arg": argument}}}).allowed


def test_our_longest_and_deepest_policies_do_not_harm_the_process():
    from remit.policy.engines.cedar.documents import MAX_NESTING, MAX_OPERATORS

    deep = "(" * (MAX_NESTING - 1) + "true" + ")" * (MAX_NESTING - 1)
    wide = "true && " * ((MAX_OPERATORS - 10) // 2) + "true"
    dotted = "context has input" + ".input" * (MAX_OPERATORS - 20) + " || true"
    for condition in (deep, wide, dotted):
        text = f"permit (principal, action, resource) when {{ {condition} }};"
        assert json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
        ask(text)
