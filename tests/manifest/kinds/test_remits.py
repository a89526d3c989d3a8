"""Remits: exactly what is declared, replaced as a whole, left alone where nothing differs."""

from dataclasses import replace

import pytest

from remit.kernel.ids import ROOT_TENANT
from remit.manifest.yaml import ManifestError
from remit.remits.remit import AtMost, OneOf, Remit, RemitState
from remit.remits.states import Step as Lifecycle
from remit.remits.terms import RemitTerms
from remit.signals.targets import remit_target
from tests.manifest.scene import AGENT, HUMAN, ISSUER, REMIT, SERVER, Control, changes, run

GROUND = f"{HUMAN}---{ISSUER}---{SERVER}---{AGENT}"
CONSTRAINT = "{argument: size, atMost: 10}"


def remit_of(control: Control) -> Remit:
    found = control.book.find_named(ROOT_TENANT, "take-notes")
    assert found is not None
    return found


def applied(text: str = REMIT) -> Control:
    control = Control()
    control.apply(GROUND, text)
    return control


def test_an_applied_remit_is_active_and_says_what_is_declared() -> None:
    remit = remit_of(applied())
    assert remit.state is RemitState.ACTIVE
    (entry,) = remit.authority
    assert dict(entry.tools) == {"read": (), "write": (AtMost("size", 10),)}
    assert remit.expires_at.isoformat() == "2030-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "spelling",
    [
        REMIT.replace("2030-01-01T00:00:00Z", '"2030-01-01T01:00:00+01:00"'),
        REMIT.replace("        - {name: read}\n", "").replace(
            "- {name: write", "- {name: read}\n        - {name: write"
        ),
    ],
)
def test_another_spelling_of_the_same_remit_is_no_change(spelling: str) -> None:
    control = applied()
    assert changes(control.plan(spelling)) == ["unchanged Remit take-notes"]


@pytest.mark.parametrize(
    "constraints",
    [
        '{argument: kind, oneOf: ["b", "a", "b"]}',
        "{argument: size, oneOf: [3, 1, 2]}, {argument: size, atMost: 10}",
        "{argument: size, atMost: 10}, {argument: kind, oneOf: [a]}, {argument: size, atMost: 10}",
        "{argument: flag, oneOf: [true, 1]}",
    ],
)
def test_applying_again_kills_no_token_whatever_order_the_constraints_are_in(
    constraints: str,
) -> None:
    text = REMIT.replace(CONSTRAINT, constraints)
    control = applied(text)
    assert control.appended(lambda: control.apply(text)) == []


def test_finer_than_a_millisecond_is_no_difference() -> None:
    text = REMIT.replace("2030-01-01T00:00:00Z", '"2030-01-01T00:00:00.123456Z"')
    control = applied(text)
    assert changes(control.plan(text)) == ["unchanged Remit take-notes"]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("atMost: 10", "atMost: 9", "authority: "),
        ("2030-01-01", "2029-01-01", "expiresAt: "),
        ("        - {name: read}\n", "", "authority: "),
        (
            "    - server: notes\n",
            "    - server: notes\n      delegationDepth: 1\n",
            "delegation: ",
        ),
        ("  purpose: support\n", "  purpose: support\n  maxDerivations: 5\n", "maxDerivations: "),
        (
            "  purpose: support\n",
            "  purpose: support\n  notBefore: 2028-01-01T00:00:00Z\n",
            "notBefore: ",
        ),
        ("oneOf: [1]", "oneOf: [true]", "authority: "),
    ],
)
def test_whatever_differs_is_shown_and_replaced_with_older_tokens_dead(
    before: str, after: str, what: str
) -> None:
    first = REMIT.replace("atMost: 10", "oneOf: [1]") if "oneOf" in before else REMIT
    control = applied(first)
    target = remit_target(ROOT_TENANT, remit_of(control).id)
    epoch = control.journal.load_watermarks().get((ROOT_TENANT, target.key), 0)
    text = first.replace(before, after, 1)
    assert text != first
    (done,) = control.apply(text)
    assert done.change == "update"
    assert done.what.startswith(what)
    assert control.journal.load_watermarks()[ROOT_TENANT, target.key] == epoch + 1
    assert changes(control.plan(text)) == ["unchanged Remit take-notes"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("agent: ada", "agent: eve", r":6: .* no Agent named 'eve'"),
        ("server: notes", "server: mail", r":10: .* no ToolServer named 'mail'"),
        ("{name: read}", "{name: erase}", r":12: .* no tool 'erase'"),
        ("purpose: support", "purpose: sales", r":7: .* no purpose of ada: support"),
        ("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z", r":8: .* is over already"),
        ("2030-01-01T00:00:00Z", "2030-01-01", r":8: .* time zone"),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00", r":8: .* time zone"),
        ("2030-01-01T00:00:00Z", "tomorrow", r":8: .* RFC 3339"),
        ("2030-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", r":8: .*"),
        ("purpose: support", "purpose: support\n  notBefore: 2031-01-01T00:00:00Z", "not before"),
        ("purpose: support", "purpose: support\n  notBefore: soon", "RFC 3339"),
        (CONSTRAINT, "{argument: size}", "exactly one of"),
        (CONSTRAINT, "{argument: size, atMost: 1, oneOf: [1]}", "exactly one of"),
        (CONSTRAINT, "{argument: size, oneOf: []}", "exactly one of"),
        (CONSTRAINT, "{argument: size, atMost: 9007199254740993}", "no exact integer"),
        (CONSTRAINT, "{argument: size, oneOf: [9007199254740993]}", "no exact integer"),
        ("        - {name: read}\n", "        - {name: write}\n", "a tool twice"),
    ],
)
def test_a_remit_that_cannot_be_meant_is_refused_before_anything_is_done(
    before: str, after: str, said: str
) -> None:
    assert before in REMIT
    control = Control()

    def attempt() -> None:
        with pytest.raises(ManifestError, match=said):
            control.apply(GROUND, REMIT.replace(before, after, 1))

    assert control.appended(attempt) == []


def test_a_tool_server_that_is_named_twice_is_refused() -> None:
    twice = REMIT + "    - {server: notes, tools: [{name: read}]}\n"
    with pytest.raises(ManifestError, match="a tool server twice"):
        Control().plan(GROUND, twice)


def test_what_the_server_has_already_need_not_be_declared_again() -> None:
    control = Control()
    control.apply(GROUND)
    assert changes(control.apply(REMIT)) == ["create Remit take-notes"]
    with pytest.raises(ManifestError, match="no tool 'erase'"):
        control.plan(REMIT.replace("{name: read}", "{name: erase}"))


def test_a_tool_that_this_manifest_takes_away_is_no_tool_any_more() -> None:
    control = Control()
    control.apply(GROUND)
    fewer = SERVER.replace("    - {name: write, risk: write}\n", "")
    with pytest.raises(ManifestError, match="no tool 'write'"):
        control.plan(fewer, REMIT)


def test_a_remit_stays_its_agents() -> None:
    control = applied()
    eve = AGENT.replace("name: ada}", "name: eve}").replace("ada-forge", "eve-forge")
    eve = eve.replace("repo:ada", "repo:eve")
    with pytest.raises(ManifestError, match="the remit is ada's"):
        control.plan(eve, REMIT.replace("agent: ada", "agent: eve"))


def test_what_a_person_suspended_stays_suspended() -> None:
    control = applied()
    remits, remit = control.remits, remit_of(control)
    run(remits.step(ROOT_TENANT, remit.id, Lifecycle.SUSPEND, by=control.alice, reason="odd"))
    assert changes(control.apply(REMIT)) == ["unchanged Remit take-notes"]
    control.apply(REMIT.replace("atMost: 10", "atMost: 1"))
    assert remit_of(control).state is RemitState.SUSPENDED


def test_what_is_over_does_not_begin_again() -> None:
    control = applied()
    run(control.remits.stop(ROOT_TENANT, "take-notes", by=control.alice, reason="enough"))
    with pytest.raises(ManifestError, match="is stopped; names are given once"):
        control.plan(REMIT)


def test_a_remit_that_has_run_out_is_left_alone_until_it_is_changed() -> None:
    control = applied()
    control.clock.advance(10 * 365 * 86400)
    assert changes(control.plan(REMIT)) == ["unchanged Remit take-notes"]
    with pytest.raises(ManifestError, match="is over already"):
        control.plan(REMIT.replace("atMost: 10", "atMost: 1"))


def test_a_remit_that_was_left_proposed_is_activated_and_not_revised() -> None:
    control = Control()
    control.apply(GROUND)
    made = remit_of(applied())
    agent = control.directory.agents.load_named(ROOT_TENANT, "ada")
    server = control.directory.tool_servers.load_named(ROOT_TENANT, "notes")
    authority = tuple(replace(entry, tool_server=server.id) for entry in made.authority)
    terms = RemitTerms(made.purpose, authority, made.not_before, made.expires_at)
    run(control.remits.create(ROOT_TENANT, "take-notes", agent.id, terms, by=control.alice))
    (done,) = control.apply(REMIT)
    assert done.what == "state: proposed -> active"
    assert (remit_of(control).state, remit_of(control).revision) == (RemitState.ACTIVE, 2)


def test_a_one_of_is_stored_as_it_was_meant() -> None:
    control = applied(REMIT.replace("atMost: 10", "oneOf: [2, 1]"))
    (entry,) = remit_of(control).authority
    assert entry.tools["write"] == (OneOf("size", (1, 2)),)
