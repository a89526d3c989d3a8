"""Real child processes; whatever happens, none of them is left."""

import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from remit.cli.demonstration import children as module
from remit.cli.demonstration.children import ChildFailed, Children, end
from tests.site import free_port

PYTHON = sys.executable
SLEEP = (PYTHON, "-c", "import time; time.sleep(60)")
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2])); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(file: Path) -> str:
    give_up_at = monotonic() + 20
    while not file.exists() or not file.read_text():
        assert monotonic() < give_up_at
        sleep(0.01)
    return file.read_text()


def telling(file: Path, more: str) -> tuple[str, ...]:
    """A child that writes its pid, whole, and then does more."""
    tell = (
        "import os, signal, subprocess, sys, time\n"
        f"def tell(text):\n    open({str(file)!r} + '.new', 'w').write(text)\n"
        f"    os.rename({str(file)!r} + '.new', {str(file)!r})\n"
    )
    return (PYTHON, "-c", tell + more)


def test_all_children_end_with_the_block(tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    with Children(tmp_path) as children:
        for file in files:
            children.start(file.name, telling(file, "tell(str(os.getpid())); time.sleep(60)"), {})
        pids = [int(wait_for(file)) for file in files]
        assert all(map(is_alive, pids))
    assert not any(map(is_alive, pids))


def test_they_end_where_the_block_fails_too(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    def fail() -> None:
        with Children(tmp_path) as children:
            children.start("one", telling(file, "tell(str(os.getpid())); time.sleep(60)"), {})
            wait_for(file)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not is_alive(int(file.read_text()))


def test_a_childs_own_children_end_with_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    grandchild = (
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "tell(str(child.pid)); child.wait()"
    )
    with Children(tmp_path) as children:
        children.start("one", telling(file, grandchild), {})
        pid = int(wait_for(file))
        assert is_alive(pid)
    give_up_at = monotonic() + 5
    while is_alive(pid) and monotonic() < give_up_at:
        sleep(0.01)
    assert not is_alive(pid)


def test_a_child_that_will_not_end_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ENDS_IN", 0.2)
    file = tmp_path / "pid"
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(str(os.getpid())); time.sleep(60)"
    with Children(tmp_path) as children:
        children.start("deaf", telling(file, deaf), {})
        pid = int(wait_for(file))
    assert not is_alive(pid)


def test_a_child_that_has_ended_is_not_ended_again() -> None:
    with subprocess.Popen((PYTHON, "-c", "")) as process:
        process.wait(10)
        end(process)
        assert process.returncode == 0


def test_a_sigterm_ends_the_block_and_its_children(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    def be_ended() -> None:
        with Children(tmp_path) as children:
            children.start("one", telling(file, "tell(str(os.getpid())); time.sleep(60)"), {})
            wait_for(file)
            signal.raise_signal(signal.SIGTERM)
            sleep(10)

    with pytest.raises(SystemExit) as ended:
        be_ended()
    assert ended.value.code == 128 + signal.SIGTERM
    assert not is_alive(int(file.read_text()))


def test_the_answer_to_sigterm_of_before_is_put_back(tmp_path: Path) -> None:
    # Another block, a whole session's, may be open around this test.
    outside = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        with Children(tmp_path):
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, outside)


def test_a_child_has_its_log_and_its_environment(tmp_path: Path) -> None:
    told = tmp_path / "told"
    say = "print(os.environ['WORD'], os.getcwd(), flush=True); tell('x'); time.sleep(60)"
    with Children(tmp_path) as children:
        children.start("one", telling(told, say), {"WORD": "hello"}, tmp_path)
        wait_for(told)
    assert (tmp_path / "one.log").read_text() == f"hello {tmp_path}\n"


@pytest.mark.parametrize("status", ["200", "404"])
def test_what_answers_is_ready(tmp_path: Path, status: str) -> None:
    port = free_port()
    with Children(tmp_path) as children:
        children.start("server", (PYTHON, "-c", SERVER, str(port), status), {})
        children.wait_until_ready(f"http://127.0.0.1:{port}")


def test_what_answers_that_it_is_not_ready_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STARTS_IN", 1.0)
    port = free_port()
    with Children(tmp_path) as children:
        children.start("server", (PYTHON, "-c", SERVER, str(port), "503"), {})
        with pytest.raises(ChildFailed, match="logs"):
            children.wait_until_ready(f"http://127.0.0.1:{port}")


def test_a_child_that_ended_is_not_waited_for(tmp_path: Path) -> None:
    began = monotonic()
    with Children(tmp_path) as children:
        children.start("dead", (PYTHON, "-c", "raise SystemExit(1)"), {})
        children.start("sleeping", SLEEP, {})
        with pytest.raises(ChildFailed, match=str(tmp_path)):
            children.wait_until_ready(f"http://127.0.0.1:{free_port()}")
    assert monotonic() - began < 20


def test_the_child_that_ended_is_named_with_its_last_words(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start("dead", (PYTHON, "-c", "print('first'); raise SystemExit('no disk')"), {})
        with pytest.raises(ChildFailed, match="dead ended with 1: no disk"):
            children.wait_until_ready(f"http://127.0.0.1:{free_port()}")


def test_a_program_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with Children(tmp_path) as children, pytest.raises(ChildFailed, match="node cannot be started"):
        children.start("node", (str(tmp_path / "nothing"),), {})
