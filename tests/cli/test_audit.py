import json
import shutil
import sqlite3
from pathlib import Path
from time import monotonic, sleep

from click.testing import Result

from tests.cli.live import Live, Worker


def test_the_newest_records_are_shown(live: Live, worker: Worker) -> None:
    suspended = live.read("agent", "suspend", worker.agent, "--reason", "look at me")
    rows = live.read("audit", "tail", "-n", "5", "--agent", suspended["id"])
    assert rows[0]["reason"] == "look at me"
    table = live.run("audit", "tail", "-n", "5", "--agent", suspended["id"]).stdout
    assert table.startswith("INDEX")
    assert "reason=look at me" in table


def test_records_of_one_type_are_shown(live: Live, worker: Worker) -> None:
    kinds = {row["type"] for row in live.read("audit", "tail", "--type", "agent.registered")}
    assert kinds == {"agent.registered"}


def test_the_log_verifies_while_the_server_runs(live: Live) -> None:
    told = live.run("audit", "verify")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[-1].startswith("verified")
    (log,) = live.read("audit", "verify", "--checkpoint", str(live.home / "checkpoint"))
    assert log["covered"] + log["tail"] == log["records"]
    assert log["lost"] == 0


def test_a_changed_record_is_found(live: Live, tmp_path: Path, worker: Worker) -> None:
    copy = copy_of(live, tmp_path)
    database = sqlite3.connect(copy / "remit.db")
    with database:
        # The journal's own rules are no obstacle to whoever has the disk.
        rules = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (rule,) in rules.fetchall():
            database.execute(f"DROP TRIGGER {rule}")
        changed = database.execute(
            "UPDATE audit_record SET leaf = CAST(replace(leaf, 'alice', 'mallo') AS BLOB)"
            " WHERE type = 'human.registered'"
        )
        assert changed.rowcount > 0
    database.close()
    refused = Live(copy).run("audit", "verify")
    assert refused.exit_code == 8
    assert refused.stderr.startswith("NOT VERIFIED")


def test_another_key_verifies_nothing(live: Live, tmp_path: Path) -> None:
    other = Live(tmp_path / "other")
    assert other.run("init", "--human", "eve").exit_code == 0
    refused = live.run(
        "audit", "verify", "--key", str(other.home / "audit.vkey"),
        "--checkpoint", str(live.home / "checkpoint"),
    )  # fmt: skip
    assert refused.exit_code == 8


def test_what_is_no_checkpoint_proves_nothing(live: Live, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_text("remit\n1\nAAAA\n")
    assert live.run("audit", "verify", "--checkpoint", str(tmp_path / "checkpoint")).exit_code == 8


def test_without_a_log_there_is_nothing_to_verify(tmp_path: Path) -> None:
    assert Live(tmp_path).run("audit", "verify").exit_code == 6


def test_a_record_is_proved_to_somebody_else(live: Live, tmp_path: Path, worker: Worker) -> None:
    live.read("agent", "suspend", worker.agent, "--reason", "to be proved")
    (row,) = live.read("audit", "tail", "-n", "1", "--type", "agent.suspended")
    proved = prove(live, row["event"], tmp_path / "leaf")
    assert proved.exit_code == 0, proved.output
    assert proved.stdout.startswith("c2sp.org/tlog-proof@v1\n")
    leaf = json.loads((tmp_path / "leaf").read_bytes())
    assert "to be proved" in json.dumps(leaf)


def test_what_is_not_in_the_log_is_not_proved(live: Live) -> None:
    assert live.run("audit", "prove", "evt_nothing").exit_code == 4


def test_a_refusal_in_the_log_is_explained(live: Live, worker: Worker) -> None:
    assert live.run("agent", "activate", worker.agent, "--reason", "a test").exit_code == 5
    (row,) = live.read("audit", "tail", "-n", "1", "--type", "administration.refused")
    explained = live.run("explain", row["event"])
    assert explained.exit_code == 0, explained.output
    assert "cannot activate what is active" in explained.stdout
    told = live.read("explain", row["event"])
    assert told["explanation"] == explained.stdout.partition("\n")[0]
    assert told["event"] == row["event"]


def test_an_unknown_event_is_not_explained(live: Live) -> None:
    assert live.run("explain", "evt_nothing").exit_code == 4


def prove(live: Live, event: str, leaf: Path) -> Result:
    """A proof, once a checkpoint covers the record: a second later at most."""
    give_up_at = monotonic() + 20
    while True:
        proved = live.run("audit", "prove", event, "--leaf", str(leaf))
        if proved.exit_code == 0 or monotonic() > give_up_at:
            return proved
        assert "the newest checkpoint covers" in proved.stderr
        sleep(0.05)


def copy_of(live: Live, place: Path) -> Path:
    """The files of a state directory, as somebody with the disk has them."""
    copy = place / "copy"
    shutil.copytree(live.home, copy, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
    return copy
