import pytest

from tests.cli.live import Live, Worker

REASON = ("--reason", "a test")


def test_remits_are_listed_for_people_and_for_programs(live: Live, worker: Worker) -> None:
    rows = {row["name"]: row for row in live.read("remit", "ls")}
    assert rows[worker.remit]["agent"] == worker.agent
    assert rows[worker.remit]["tools"] == ["notes/read_note"]
    table = live.run("remit", "ls").stdout
    assert "notes/read_note" in table
    assert table.startswith("NAME")


def test_one_remit_is_shown_with_its_authority(live: Live, worker: Worker) -> None:
    shown = live.read("remit", "show", worker.remit)
    assert shown["authority"] == [
        {"server": "notes", "tools": {"read_note": []}, "delegation_depth": 0}
    ]
    assert "authority hash" in live.run("remit", "show", worker.remit).stdout


def test_a_remit_is_suspended_and_reinstated(live: Live, worker: Worker) -> None:
    assert live.read("remit", "suspend", worker.remit, *REASON)["state"] == "suspended"
    assert live.read("remit", "reinstate", worker.remit, *REASON)["state"] == "active"


@pytest.mark.parametrize(("verb", "state"), [("stop", "stopped"), ("complete", "completed")])
def test_the_end_of_a_remit_is_final(live: Live, worker: Worker, verb: str, state: str) -> None:
    assert live.read("remit", verb, worker.remit, *REASON)["state"] == state
    assert live.run("remit", "reinstate", worker.remit, *REASON).exit_code == 5


def test_an_unknown_remit_is_not_found(live: Live) -> None:
    assert live.run("remit", "show", "nothing").exit_code == 4
    assert live.run("remit", "stop", "nothing", *REASON).exit_code == 4
