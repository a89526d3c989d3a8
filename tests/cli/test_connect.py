import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.live import Live, run

ISSUER = ("--issuer", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("--assertion-file", "/a", "--assertion-command", "b"),
        ("--assertion-command", "   "),
    ],
)
def test_exactly_one_source_of_identity_is_given(given: tuple[str, ...]) -> None:
    assert run("connect", *ISSUER, *given).exit_code == 2


@pytest.mark.parametrize("issuer", ["remit", "http://remit.example", "https://remit.example/#x"])
def test_an_issuer_that_is_none_is_refused(issuer: str) -> None:
    refused = run("connect", "--issuer", issuer, "--assertion-file", "/nonexistent")
    assert refused.exit_code == 6
    assert refused.stderr.startswith("--issuer: ")


def test_without_remit_there_it_ends_with_words(tmp_path: Path) -> None:
    (tmp_path / "identity").write_text("a.b.c")
    refused = run("connect", *ISSUER, "--assertion-file", str(tmp_path / "identity"))
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
    assert refused.stdout == ""


def test_without_an_identity_it_ends_with_words(live: Live, tmp_path: Path) -> None:
    issuer = f"http://127.0.0.1:{live.port}"
    refused = run("connect", "--issuer", issuer, "--assertion-file", str(tmp_path / "nothing"))
    assert refused.exit_code == 1
    assert "nothing" in refused.stderr


def test_an_identity_that_nobody_knows_is_refused_unseen(live: Live, tmp_path: Path) -> None:
    (tmp_path / "identity").write_text("not.an.identity")
    issuer = f"http://127.0.0.1:{live.port}"
    refused = run("connect", "--issuer", issuer, "--assertion-file", str(tmp_path / "identity"))
    assert refused.exit_code == 1
    assert "not.an.identity" not in refused.output


@pytest.mark.parametrize("line", ['"unfinished', "trailing\\", '"" ""'])
def test_a_command_line_that_is_none_is_refused_with_words(line: str) -> None:
    refused = run("connect", *ISSUER, "--assertion-command", line)
    assert refused.exit_code in {1, 2}
    assert "Traceback" not in refused.output
    assert not isinstance(refused.exception, ValueError)


def test_what_remit_answers_badly_is_not_blamed_on_the_command_line(tmp_path: Path) -> None:
    """Metadata that is no JSON is Malformed, as a bad issuer is."""
    (tmp_path / "identity").write_text("a.b.c")

    class Odd(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", "3")
            self.end_headers()
            self.wfile.write(b"{{{")

        def log_message(self, *said: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        issuer = f"http://127.0.0.1:{server.server_port}"
        refused = run("connect", "--issuer", issuer, "--assertion-file", str(tmp_path / "identity"))
        thread.join()
    assert refused.exit_code == 1
    assert "--issuer" not in refused.stderr
    assert "not JSON" in refused.stderr
