"""Policies: compiled when they are planned, put in force with all others, or not at all."""

import pytest

from remit.manifest.yaml import ManifestError
from tests.manifest.scene import POLICY, SERVER, Control, changes, run

FORBID = "forbid (principal, action, resource)"
WRONG = f'@id("p2") {FORBID} when {{ context.gone }};'


def cedar(text: str) -> str:
    lines = "".join(f"    {line}\n" for line in text.split("\n"))
    return POLICY.partition("  cedar:")[0] + "  cedar: |\n" + lines


def test_a_policy_is_put_in_force_and_again_unchanged() -> None:
    control = Control()
    before = control.policies.engine.bundle
    assert changes(control.apply(POLICY)) == ["create Policy no-writes"]
    assert control.policies.engine.bundle != before
    assert changes(control.plan(POLICY)) == ["unchanged Policy no-writes"]


def test_another_text_is_an_update() -> None:
    control = Control()
    control.apply(SERVER, POLICY)
    (step,) = control.apply(POLICY.replace('"nothing"', '"something"'))
    assert (step.change, step.what) == ("update", "other text")


def test_a_removed_policy_comes_back_where_it_is_declared() -> None:
    control = Control()
    control.apply(POLICY)
    run(control.policies.remove("no-writes", by=control.alice))
    assert changes(control.apply(POLICY)) == ["update Policy no-writes"]
    assert control.policies.load_named("no-writes").in_force


@pytest.mark.parametrize(
    "text",
    [
        '@id("a")\nforbid (principal, action, resource',
        '@id("a")\nforbid (principal, action, resource)\nwhen { context.input.hue == "red" };',
        '@id("a")\nforbid (principal is Remit::Robot, action, resource);',
    ],
)
def test_a_policy_that_does_not_compile_is_refused_at_its_line(text: str) -> None:
    control = Control()
    control.apply(SERVER)
    before = control.policies.engine.bundle
    with pytest.raises(ManifestError) as refused:
        control.apply(cedar(text))
    place = refused.value.detail.partition(": ")[0]
    assert place in {"0.yaml:7", "0.yaml:8", "0.yaml:9"}, refused.value.detail
    assert control.policies.engine.bundle == before


def test_a_policy_of_one_line_is_refused_at_that_line() -> None:
    text = POLICY.partition("  cedar:")[0] + '  cedar: "permit("\n'
    with pytest.raises(ManifestError, match=r"^0\.yaml:6: "):
        Control().plan(text)


def test_what_the_author_should_know_is_shown() -> None:
    text = '@id("a")\nforbid (principal, action == Remit::Action::"notes/erase", resource);'
    (step,) = Control().plan(cedar(text))
    assert "applies to no known tool" in step.what


def test_a_policy_with_a_name_that_nothing_may_have_is_a_fault_of_the_manifest() -> None:
    control = Control()
    for number in range(256):
        control.policies._stored = {**control.policies._stored, f"p{number}": object()}
    with pytest.raises(ManifestError, match=r"^0\.yaml:4: Policy no-writes: "):
        control.plan(POLICY)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (f'  cedar: |\n    @id("p1") {FORBID};\n\n    {WRONG}\n', 9),
        (f"  cedar: |-\n    {WRONG}\n", 7),
        (f"  cedar: '{WRONG}'\n", 6),
        (f"  # why\n  cedar:\n    '{WRONG}'\n", 8),
    ],
    ids=["second-of-a-block", "first-of-a-block", "quoted", "quoted-below-its-key"],
)
def test_a_fault_is_told_at_the_very_line_of_its_policy(written: str, line: int) -> None:
    control = Control()
    control.apply(SERVER)
    with pytest.raises(ManifestError, match=rf"^0\.yaml:{line}: p2: "):
        control.plan(POLICY.partition("  cedar:")[0] + written)


def test_a_policy_whose_id_another_document_has_is_refused() -> None:
    control = Control()
    control.apply(POLICY)
    with pytest.raises(ManifestError, match="no-writes"):
        control.plan(POLICY.replace("{name: no-writes}", "{name: other}"))
