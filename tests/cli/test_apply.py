from pathlib import Path

import pytest

from tests.cli.live import SERVER, WORKER, Live, Worker, run

BOB = "apiVersion: remit/v1\nkind: Human\nmetadata: {{name: {name}}}\n"
SECRET = (
    "apiVersion: remit/v1\nkind: Secret\nmetadata: {{name: {name}}}\nspec: {{from: {{{source}}}}}\n"
)


def test_applying_twice_changes_nothing_more(live: Live, tmp_path: Path) -> None:
    file = tmp_path / "server.yaml"
    file.write_text(SERVER.format(server=live.name("server")))
    first = live.read("apply", "-f", str(file))
    again = live.read("apply", "-f", str(file))
    assert [row["change"] for row in first] == ["create"]
    assert {row["change"] for row in again} <= {"none", "unchanged"}


def test_a_dry_run_tells_and_changes_nothing(live: Live) -> None:
    agent = live.name("agent")
    text = WORKER.format(agent=agent, remit=live.name("work"))
    told = live.run("apply", "-f", "-", "--dry-run", stdin=text)
    assert told.exit_code == 0
    assert told.stdout.startswith("CHANGE")
    assert agent in told.stdout
    assert live.run("agent", "show", agent).exit_code == 4


@pytest.mark.parametrize(
    "text",
    [
        "kind: Nothing\n",
        "a: [",
        BOB.format(name="ok") + "specs: {}\n",
        BOB.format(name="Not a name"),
        BOB.format(name="one") + "---\n" + BOB.format(name="one"),
    ],
)
def test_what_is_no_document_is_refused_with_its_line(live: Live, text: str) -> None:
    refused = live.run("apply", "-f", "-", stdin=text)
    assert refused.exit_code == 6
    assert refused.stderr.startswith("-:")


def test_one_faulty_document_keeps_all_others_from_being_applied(live: Live) -> None:
    name = live.name("human")
    faulty = WORKER.format(agent=live.name("agent"), remit="w").replace("alice", "nobody")
    refused = live.run("apply", "-f", "-", stdin=BOB.format(name=name) + "---" + faulty)
    assert refused.exit_code == 6
    applied = live.read("apply", "-f", "-", stdin=BOB.format(name=name))
    assert [row["change"] for row in applied] == ["create"]


def test_a_document_that_asks_for_an_impossible_change_is_refused(
    live: Live, worker: Worker
) -> None:
    live.read("remit", "stop", worker.remit, "--reason", "a test")
    text = WORKER.format(agent=worker.agent, remit=worker.remit)
    refused = live.run("apply", "-f", "-", stdin=text.replace("2126", "2127"))
    assert refused.exit_code in {5, 6}


def test_the_value_of_a_secret_is_read_here_from_a_file(live: Live, tmp_path: Path) -> None:
    name = live.name("secret")
    (tmp_path / "value").write_text("a-value-from-a-file\n")
    live.apply(SECRET.format(name=name, source=f"file: {tmp_path / 'value'}"))
    again = live.apply(
        SECRET.format(name=name, source=f"file: {tmp_path / 'value'}"), "--rotate-secrets"
    )
    assert again[0]["change"] != "none"
    shown = {row["name"]: row for row in live.read("secret", "ls")}
    assert shown[name]["current_version"] == 2


@pytest.mark.parametrize(
    "source",
    ["file: /nonexistent", "environment: NO_SUCH_VARIABLE", "", "file: /x, environment: HOME"],
)
def test_a_value_that_cannot_be_read_is_refused_before_anything(live: Live, source: str) -> None:
    name = live.name("secret")
    refused = live.run("apply", "-f", "-", stdin=SECRET.format(name=name, source=source))
    assert refused.exit_code == 6
    assert name not in {row["name"] for row in live.read("secret", "ls")}


def test_a_file_that_is_no_text_is_refused(live: Live, tmp_path: Path) -> None:
    (tmp_path / "manifest").write_bytes(b"\xff\xfe")
    assert live.run("apply", "-f", str(tmp_path / "manifest")).exit_code == 6


def test_a_file_that_is_not_there_is_a_wrong_command(tmp_path: Path) -> None:
    assert run("apply", "-f", str(tmp_path / "nothing")).exit_code == 2
