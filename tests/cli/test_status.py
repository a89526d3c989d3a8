from pathlib import Path

from tests.cli.live import Live, run


def test_a_server_says_that_it_is_ready(live: Live) -> None:
    assert live.read("status")["ready"] is True
    assert "http://127.0.0.1:" in live.run("status").stdout


def test_without_a_server_it_fails_and_says_what_to_do(tmp_path: Path) -> None:
    made = run("init", "--human", "alice", "-d", str(tmp_path / "home"))
    assert made.exit_code == 0, made.output
    asked = run("status", "-d", str(tmp_path / "home"))
    assert asked.exit_code == 7
    assert "remit serve" in asked.stderr
