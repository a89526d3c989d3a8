"""What a policy reads may be overstated, never understated."""

import json

import cedarpy
import pytest

from remit.policy.engines.cedar.reads import find_reads, path_of


def reads(condition):
    text = f"permit (principal, action, resource) when {{ {condition} }};"
    (tree,) = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values()
    return find_reads(tree["conditions"])


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        ("true", []),
        ("context.f.bound", [("f", "bound")]),
        ('context["f"]["bound"]', [("f", "bound")]),
        ("context.input.a.b > 1", [("input", "a", "b")]),
        ("context has input", [("input",)]),
        (
            "context.input has a.b",
            [("input", "a"), ("input", "a", "b")],
        ),
        ("context == context", [()]),
        ("context.input == {a: context.f}", [("input",), ("f",)]),
        ("(if context.f.bound then context else context).f.hour == 1", [("f", "bound"), ()]),
        ('{Var: "context"}.Var == "x"', []),
        ("{Var: context.f.hour}.Var == 1", [("f", "hour")]),
        ('principal.system == "x" && resource.risk == "y"', []),
        ("[context.input.a].contains(context.input.b)", [("input", "a"), ("input", "b")]),
        ('decimal("1.0").lessThan(context.input.d)', [("input", "d")]),
        ('!(context.input.a like "x*")', [("input", "a")]),
        ("-context.input.n == 1", [("input", "n")]),
        ('principal.system like "x*"', []),
        ('(if true then context.input.a else "") like "x*"', [("input", "a")]),
    ],
)
def test_reads_are_found_wherever_they_stand(condition, paths):
    assert reads(condition).paths == frozenset(paths)


def test_literals_are_found_with_what_they_are_compared_with():
    found = reads(
        'context.input.a == "x" && ["y", "z"].contains(context.input.b) && true'
        ' && context.input.c like "/srv/*/end" && context.input.n < 5'
        ' && decimal("1.5").lessThan(context.input.d)'
    )
    assert {path[1]: set(near) for path, near in found.compared.items()} == {
        "a": {"x"},
        "b": {"y", "z"},
        "c": {"/srv//end"},
        "n": {5},
        "d": {"1.5"},
    }
    assert set(found.literals) == {"x", "y", "z", "/srv//end", 5, "1.5"}


def test_what_containsall_is_asked_about_is_found():
    found = reads('["a"].containsAll(context.input.t) && context.input.u.isEmpty()')
    assert found.contained == {("input", "t")}
    assert found.emptiness == {("input", "u")}
    assert not found.always
    assert reads("context.input.t.containsAll([])").always


def test_a_long_chain_is_read_without_a_deep_stack():
    assert len(reads(" && ".join(f"context.input.a{n} == {n}" for n in range(150))).paths) == 150


@pytest.mark.parametrize("node", [None, 1, "context", [], {"Var": 1}, {".": {"left": 1}}, {}])
def test_what_is_no_path_is_none(node):
    assert path_of(node) is None
    assert find_reads(node).paths == frozenset()
