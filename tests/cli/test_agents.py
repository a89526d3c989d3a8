from tests.cli.live import Live, Worker

REASON = ("--reason", "a test")


def test_agents_are_listed_for_people_and_for_programs(live: Live, worker: Worker) -> None:
    rows = {row["name"]: row for row in live.read("agent", "ls")}
    assert rows[worker.agent]["state"] == "active"
    assert rows[worker.agent]["owner"] == "alice"
    table = live.run("agent", "ls").stdout.splitlines()
    assert table[0].split()[:3] == ["NAME", "STATE", "OWNER"]
    assert any(line.startswith(worker.agent) for line in table)


def test_one_agent_is_shown_with_its_identities(live: Live, worker: Worker) -> None:
    shown = live.read("agent", "show", worker.agent)
    assert shown["identities"] == [
        {
            "name": f"{worker.agent}-id",
            "issuer": "https://platform.example",
            "claims": {"sub": worker.agent},
        }
    ]
    assert worker.agent in live.run("agent", "show", worker.agent).stdout


def test_an_agent_goes_through_its_lifecycle(live: Live, worker: Worker) -> None:
    states = [
        live.read("agent", verb, worker.agent, *REASON)["state"]
        for verb in ("suspend", "reinstate", "quarantine", "suspend", "retire")
    ]
    assert states == ["suspended", "active", "quarantined", "suspended", "retired"]


def test_a_quarantined_agent_does_not_come_back_in_one_step(live: Live, worker: Worker) -> None:
    live.read("agent", "quarantine", worker.agent, *REASON)
    refused = live.run("agent", "reinstate", worker.agent, *REASON)
    assert refused.exit_code == 5
    assert "quarantined" in refused.stderr


def test_a_step_that_the_state_does_not_allow_is_a_conflict(live: Live, worker: Worker) -> None:
    assert live.run("agent", "activate", worker.agent, *REASON).exit_code == 5


def test_an_agent_is_given_to_another_owner(live: Live, worker: Worker) -> None:
    after = live.read("agent", "transfer", worker.agent, "--to", "bob", *REASON)
    assert after["owner"] == "bob"


def test_nobody_unknown_becomes_an_owner(live: Live, worker: Worker) -> None:
    assert live.run("agent", "transfer", worker.agent, "--to", "eve", *REASON).exit_code == 4


def test_an_unknown_agent_is_not_found(live: Live) -> None:
    refused = live.run("agent", "show", "nobody")
    assert refused.exit_code == 4
    assert refused.stdout == ""
    assert "nobody" in refused.stderr


def test_no_change_without_a_reason(live: Live, worker: Worker) -> None:
    assert live.run("agent", "suspend", worker.agent).exit_code == 2
    assert live.read("agent", "show", worker.agent)["state"] == "active"
