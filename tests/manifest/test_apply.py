"""Applying: whole or not at all planned, in order of dependence, and again without any change."""

import pytest

from remit.audit.journal import AuditUnavailable
from remit.identity.principals import AgentState
from remit.kernel.ids import ROOT_TENANT
from remit.manifest.apply import perform
from remit.manifest.yaml import ManifestError
from remit.remits.remit import RemitState
from tests.manifest.scene import (
    AGENT,
    EVERYTHING,
    HUMAN,
    ISSUER,
    REMIT,
    SECRET,
    SERVER,
    Control,
    changes,
    run,
)


def test_everything_is_made_in_the_order_of_dependence_whatever_the_order_of_the_file() -> None:
    control = Control()
    assert changes(control.apply(EVERYTHING)) == [
        "create Human bob",
        "create TrustIssuer forge",
        "create Secret notes-key",
        "create ToolServer notes",
        "create Agent ada",
        "create Policy no-writes",
        "create Remit take-notes",
    ]
    agent = control.directory.agents.load_named(ROOT_TENANT, "ada")
    remit = control.book.find_named(ROOT_TENANT, "take-notes")
    assert agent.state is AgentState.ACTIVE
    assert remit is not None
    assert remit.state is RemitState.ACTIVE


def test_applying_again_changes_nothing_and_records_nothing() -> None:
    control = Control()
    control.apply(EVERYTHING)
    assert control.appended(lambda: control.apply(EVERYTHING)) == []
    assert {step.change.value for step in control.plan(EVERYTHING)} == {"unchanged"}


def test_a_plan_changes_nothing() -> None:
    control = Control()
    assert control.appended(lambda: control.plan(EVERYTHING)) == []
    assert control.directory.agents.find_named(ROOT_TENANT, "ada") is None
    assert not list(control.secrets)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (REMIT.replace("agent: ada", "agent: eve"), "no Agent named 'eve'"),
        (REMIT.replace("name: read}", "name: purge}"), "has no tool 'purge'"),
        (AGENT.replace("owner: alice", "owner: eve"), "no Human named 'eve'"),
        (SERVER.replace("name: write", "name: erase"), "lists no usable tool 'erase'"),
    ],
)
def test_one_fault_anywhere_and_nothing_at_all_is_done(broken: str, said: str) -> None:
    control = Control()
    name = broken.partition("metadata: {name: ")[2].partition("}")[0]
    others = [
        each for each in (HUMAN, ISSUER, SECRET, SERVER, AGENT, REMIT) if name not in each[:90]
    ]

    def attempt() -> None:
        with pytest.raises(ManifestError, match=said):
            control.apply("---".join((*others, broken)))

    assert control.appended(attempt) == []


def test_a_document_that_two_files_declare_is_refused_with_both_places() -> None:
    with pytest.raises(ManifestError, match=r"1\.yaml:4: Human bob: .* at 0\.yaml:4"):
        Control().plan(HUMAN, HUMAN)


def test_an_apply_that_was_cut_short_goes_on_where_it_ended() -> None:
    control = Control()
    steps = control.plan(EVERYTHING)
    for step in steps[:3]:
        assert step.perform is not None
        run(step.perform(control.alice))
    assert changes(control.apply(EVERYTHING))[:4] == [
        "unchanged Human bob",
        "unchanged TrustIssuer forge",
        "unchanged Secret notes-key",
        "create ToolServer notes",
    ]
    assert {step.change.value for step in control.plan(EVERYTHING)} == {"unchanged"}


def test_a_step_that_fails_ends_the_apply_and_is_told() -> None:
    control = Control()
    steps = control.plan(EVERYTHING)
    control.journal.fail()
    with pytest.raises(AuditUnavailable):
        run(perform(steps, by=control.alice))
    assert control.directory.humans.find_named(ROOT_TENANT, "bob") is None
