"""Secrets: made from what was read beside the manifest, rotated when asked, never compared."""

import pytest

from remit.manifest.yaml import ManifestError
from tests.manifest.scene import SECRET, VALUE, Control, changes

OTHER = "sk_live_fedcba9876543210"


def test_a_new_secret_is_made_from_the_value_that_was_handed_over() -> None:
    control = Control()
    assert changes(control.apply(SECRET)) == ["create Secret notes-key"]
    assert control.secrets.load_named("notes-key").owner == control.alice


def test_whether_a_value_differs_is_not_told() -> None:
    control = Control()
    control.apply(SECRET)
    for value in (VALUE, OTHER):
        planners = control.planners({"notes-key": value})
        (step,) = control.apply(SECRET, planners=planners)
        assert (step.change, step.what) == ("unchanged", "")
    assert len(control.secrets.load_named("notes-key").versions) == 1


def test_a_secret_gets_a_new_version_where_that_is_asked_for() -> None:
    control = Control()
    control.apply(SECRET)
    planners = control.planners({"notes-key": OTHER}, rotate=True)
    (step,) = control.apply(SECRET, planners=planners)
    assert (step.change, step.what) == ("update", "version 2")
    assert len(control.secrets.load_named("notes-key").versions) == 2


@pytest.mark.parametrize("rotate", [False, True])
def test_a_value_that_was_not_handed_over_is_a_fault_of_the_manifest(rotate: bool) -> None:
    control = Control()
    if rotate:
        control.apply(SECRET)
    planners = control.planners({"another": OTHER}, rotate=rotate)
    with pytest.raises(ManifestError, match=r"^0\.yaml:5: Secret notes-key: no value") as refused:
        control.apply(SECRET, planners=planners)
    assert OTHER not in refused.value.detail


def test_a_dry_run_needs_no_value() -> None:
    control = Control()
    assert changes(control.plan(SECRET, planners=control.planners({}))) == [
        "create Secret notes-key"
    ]


def test_no_step_shows_a_value() -> None:
    control = Control()
    for rotate in (False, True):
        for step in control.apply(SECRET, planners=control.planners(rotate=rotate)):
            assert VALUE not in repr(step) + step.what
