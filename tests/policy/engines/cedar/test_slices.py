"""Slices hold what can apply, and pass what is read."""

import pytest

from remit.policy.argument_types import RecordOf
from remit.policy.engine import PoliciesInvalid, PolicyDocument
from remit.policy.engines.cedar.documents import read_documents
from remit.policy.engines.cedar.slices import cut, lean_shape
from remit.policy.engines.cedar.target import call_of, mint_for
from tests.policy.scene import make_server, make_tool

TARGET = call_of(make_server(), make_tool())
MINT = mint_for(make_server())


def policies(*texts):
    return read_documents([PolicyDocument("ops", "\n".join(texts))])


def shape(condition, target=TARGET):
    text = f"permit (principal, action, resource) when {{ {condition} }};"
    found = lean_shape(target, policies(text))
    fields = list(found.input.fields) if isinstance(found.input, RecordOf) else None
    return found.facts, fields, found.lifetime


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("true", ((), None, False)),
        ("context.f.bound && context.f.hour < 3", (("bound", "hour"), None, False)),
        ("context.input has amount", ((), ["amount"], False)),
        ("context.input.to.iban == context.input.order", ((), ["order", "to"], False)),
        ("context.input has gone", ((), [], False)),
        ("context.lifetime < 3", ((), None, False)),
    ],
)
def test_a_slice_passes_what_its_policies_read(condition, expected):
    assert shape(condition) == expected


def test_who_reads_all_gets_all():
    facts, fields, _ = shape("context == context")
    assert len(facts) == 6
    assert fields == list(TARGET.record.fields)
    assert shape("context.f == context.f")[0] == facts
    assert shape("context.input == context.input")[1] == fields
    assert shape("context == context", MINT) == (facts, None, True)
    assert shape("context.lifetime < 3", MINT)[2] is True


def test_a_slice_holds_what_can_apply():
    sliced = cut(
        policies(
            "permit (principal, action, resource);",
            'permit (principal, action == Remit::Action::"other/tool", resource);',
            'forbid (principal == Remit::Agent::"ada", action, resource);',
            'forbid (principal == Remit::Agent::"bob", action, resource);',
            'permit (principal in Remit::Agent::"bob", action, resource);',
        ),
        TARGET,
    )
    assert [policy.id for policy in sliced.general.policies] == ["ops.1"]
    assert {name: len(each) for name, each in sliced.about.items()} == {"ada": 1, "bob": 2}
    assert sliced.for_agent("carol") is sliced.general
    assert [policy.id for policy in sliced.for_agent("bob").policies] == [
        *("ops.1", "ops.4", "ops.5")
    ]
    assert list(sliced.for_agent("ada").by_name) == ["policy0", "policy1"]


def test_what_does_not_fit_is_not_cut():
    with pytest.raises(PoliciesInvalid):
        cut(policies("permit (principal, action, resource) when { context.gone };"), TARGET)
