import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from remit.cli.admin import Administration
from tests.cli.live import run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = run("init", "--human", "alice", "-d", str(tmp_path))
    assert made.exit_code == 0, made.output
    return tmp_path


@contextmanager
def answering(home: Path, answer: bytes) -> Iterator[list[bytes]]:
    """Something on the socket that gives one answer, whatever it is asked."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.bind(str(home / "admin.sock"))
        end.listen()

        def serve() -> None:
            peer, _ = end.accept()
            with peer:
                asked.append(read_request(peer))
                peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join()


def read_request(peer: socket.socket) -> bytes:
    """One request, whole: whoever answers before has the asker's pipe broken."""
    received = b""
    while not received.endswith(b"}"):
        received += peer.recv(1 << 16)
    return received


def http(status: int, content: object) -> bytes:
    body = json.dumps(content).encode()
    return f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def left(home: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        Administration(home).ask("/v1/status", name="x", reason=None)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_what_is_none_is_not_asked(home: Path) -> None:
    with answering(home, http(200, {"a": 1})) as asked:
        assert Administration(home).ask("/v1/x", name="x", reason=None) == {"a": 1}
    assert asked[0].startswith(b"POST /v1/x HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("status", "code"), [(400, 6), (403, 3), (404, 4), (409, 5), (413, 6), (503, 7), (500, 1)]
)
def test_each_refusal_has_its_exit_code(home: Path, status: int, code: int) -> None:
    with answering(home, http(status, {"detail": "no", "event": "evt_x"})):
        assert left(home) == code


def test_a_refusal_says_how_to_ask_why(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with answering(home, http(409, {"detail": "not so", "event": "evt_x"})):
        left(home)
    assert capsys.readouterr().err == "not so\nwhy: remit explain evt_x\n"


@pytest.mark.parametrize("content", [{}, [], "no", None])
def test_a_refusal_without_words_still_says_its_status(
    home: Path, content: object, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(home, http(400, content)):
        assert left(home) == 6
    assert capsys.readouterr().err == "the server answered 400\n"


@pytest.mark.parametrize("answer", [b"", b"not HTTP\r\n\r\n", b"HTTP/1.1 200 X\r\n\r\n{"])
def test_what_is_no_answer_is_no_success(home: Path, answer: bytes) -> None:
    with answering(home, answer):
        assert left(home) == 7


def test_without_a_server_it_says_how_to_start_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert left(home) == 7
    said = capsys.readouterr()
    assert said.err == f"no server listens at {home / 'admin.sock'}: run `remit serve`\n"
    assert said.out == ""


def test_the_socket_of_a_dead_server_is_no_server(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(home / "admin.sock"))
    assert left(home) == 7
    assert "run `remit serve`" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize(
    "command",
    [
        ("agent", "ls"),
        ("tool", "ls"),
        ("remit", "show", "x"),
        ("secret", "disable", "x", "1"),
        ("stop", "everything", "--reason", "x"),
        ("stops",),
        ("apply", "-f", "-"),
    ],
)
def test_no_command_pretends_without_a_server(
    home: Path, command: tuple[str, ...], output: str
) -> None:
    done = run(*command, "-o", output, "-d", str(home), stdin="")
    assert done.exit_code == 7
    assert done.stdout == ""
    assert "no server listens" in done.stderr


def test_what_the_server_says_moves_no_cursor(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with answering(home, http(409, {"detail": "\x1b[2J\x9b2Jno"})):
        left(home)
    assert capsys.readouterr().err == "\ufffd[2J\ufffd2Jno\n"


def test_a_server_that_hangs_up_in_its_answer_is_no_success(home: Path) -> None:
    with answering(home, b"HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{}"):
        assert left(home) == 7


def test_a_directory_without_settings_is_said_so(tmp_path: Path) -> None:
    assert left(tmp_path / "nothing") == 6
