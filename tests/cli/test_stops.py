import pytest

from tests.cli.live import Live, Worker

REASON = ("--reason", "a drill")


def test_an_agent_is_stopped_and_the_stop_is_lifted(live: Live, worker: Worker) -> None:
    placed = live.read("stop", "agent", worker.agent, *REASON)
    agent = live.read("agent", "show", worker.agent)
    assert (placed["kind"], placed["target"], placed["by"]) == ("agent", agent["id"], "alice")
    assert placed["id"] in {row["id"] for row in live.read("stops")}
    assert placed["id"] in live.run("stops").stdout
    lifted = live.read("lift", placed["id"], *REASON)
    assert lifted["lifted_at"] is not None
    assert placed["id"] not in {row["id"] for row in live.read("stops")}
    assert placed["id"] in {row["id"] for row in live.read("stops", "--all")}


def test_a_remit_is_stopped_by_name(live: Live, worker: Worker) -> None:
    placed = live.read("stop", "remit", worker.remit, *REASON)
    assert placed["target"] == live.read("remit", "show", worker.remit)["id"]


def test_a_tool_server_is_stopped_by_name(live: Live) -> None:
    placed = live.read("stop", "tool", "notes", *REASON)
    assert placed["target"] == live.read("tool", "show", "notes")["id"]
    live.read("lift", placed["id"], *REASON)


def test_everything_is_stopped(live: Live) -> None:
    done = live.run("stop", "everything", *REASON)
    assert done.exit_code == 0
    placed = next(row for row in live.read("stops") if row["kind"] == "everything")
    assert placed["id"] in done.stdout
    assert live.run("lift", placed["id"], *REASON).exit_code == 0


@pytest.mark.parametrize("wrong", [("agent",), ("everything", "ada"), ("planet", "mars")])
def test_a_stop_that_names_too_little_or_too_much_is_a_wrong_command(
    live: Live, wrong: tuple[str, ...]
) -> None:
    before = live.read("stops")
    assert live.run("stop", *wrong, *REASON).exit_code == 2
    assert live.read("stops") == before


def test_what_is_unknown_cannot_be_stopped_by_mistake(live: Live) -> None:
    assert live.run("stop", "agent", "nobody", *REASON).exit_code == 4
    assert live.run("lift", "stp_nothing", *REASON).exit_code == 4


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_reason_that_a_terminal_would_obey_is_shown_harmless(
    live: Live, worker: Worker, output: str
) -> None:
    done = live.run("stop", "agent", worker.agent, "--reason", "\x1b[2J\x9b2J\u202ex", "-o", output)
    shown = live.run("stops", "-o", output).stdout
    for said in (done.output, shown):
        assert not {"\x1b", "\x9b", "\u202e"} & set(said)
