import json
import os
import signal
import stat
import subprocess
import urllib.request
from pathlib import Path

import pytest

from remit.settings import load_settings
from tests.cli.live import PATIENCE_SECONDS, SERVE, Live, free_port, run, serving


@pytest.fixture
def made(tmp_path: Path) -> Live:
    live = Live(tmp_path / "home", free_port(), free_port())
    done = live.run(
        "init", "--human", "alice", "--port", str(live.port),
        "--operations-port", str(live.operations_port),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return live


def test_a_state_directory_is_made_for_its_owner_alone(made: Live) -> None:
    for path in (made.home, made.home / "keys", made.home / "remit.db"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    settings = load_settings(made.home)
    assert settings.server.public_url == f"http://127.0.0.1:{made.port}"
    assert [each.uid for each in settings.administration.administrators] == [os.getuid()]


def test_the_words_after_init_say_what_to_keep_and_what_is_next(tmp_path: Path) -> None:
    said = run("init", "--human", "alice", "-d", str(tmp_path / "home")).stdout
    assert "audit.vkey" in said
    assert f"remit serve -d {tmp_path / 'home'}" in said


def test_what_is_there_is_not_made_anew(made: Live) -> None:
    before = (made.home / "audit.vkey").read_bytes()
    assert made.run("init", "--human", "eve").exit_code == 5
    assert (made.home / "audit.vkey").read_bytes() == before


@pytest.mark.parametrize(
    "wrong",
    [
        ("--human", "Not A Name"),
        ("--human", "alice", "--url", "http://remit.example"),
        ("--human", "alice", "--url", "https://remit.example/?x=1"),
        ("--human", "alice", "--port", "70000"),
    ],
)
def test_what_cannot_be_served_is_refused_at_once(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    refused = run("init", *wrong, "-d", str(tmp_path / "home"))
    assert refused.exit_code == 6, refused.output


def test_a_server_publishes_its_metadata_and_ends_when_asked(made: Live) -> None:
    with serving(made) as child:
        address = f"http://127.0.0.1:{made.port}/.well-known/oauth-authorization-server"
        with urllib.request.urlopen(address, timeout=10) as response:
            assert json.load(response)["issuer"] == f"http://127.0.0.1:{made.port}"
        child.send_signal(signal.SIGTERM)
        assert child.wait(PATIENCE_SECONDS) == 0
    said = [json.loads(line) for line in (made.home / "stderr").read_text().splitlines()]
    assert said[-1]["event"] == "remit.stopped"


def test_two_servers_do_not_share_a_state_directory(made: Live) -> None:
    with serving(made):
        second = subprocess.run(
            [*SERVE, str(made.home)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert second.returncode == 5
        assert "Traceback" not in second.stderr
        assert made.read("status")["ready"] is True


def test_without_a_state_directory_nothing_is_served(tmp_path: Path) -> None:
    refused = run("serve", "-d", str(tmp_path / "nothing"))
    assert refused.exit_code == 6
    assert "Traceback" not in refused.output
