"""Where the platform's assertion comes from: read anew, one line, bounded, and never shown."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from remit.client import assertion as module
from remit.client.assertion import MAX_BYTES, CommandAssertion, FileAssertion, NoAssertion
from remit.kernel.errors import Unavailable

JWT = "header.claims.signature"


def printing(code: str) -> CommandAssertion:
    return CommandAssertion([sys.executable, "-c", code])


def refusal(source: FileAssertion | CommandAssertion) -> str:
    with pytest.raises(NoAssertion) as caught:
        asyncio.run(source.read())
    assert isinstance(caught.value, Unavailable)
    return caught.value.detail


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    source = FileAssertion(file)
    for number in range(2):
        file.write_text(f"\n {JWT}{number}\r\n")
        assert asyncio.run(source.read()).open() == f"{JWT}{number}"


def test_an_assertion_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    file.write_text(JWT)
    assert JWT not in repr(asyncio.run(FileAssertion(file).read()))


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", b"one\ntwo", "zwölf".encode(), b"\xff\xfe", b"x" * (MAX_BYTES + 1)],
    ids=["empty", "blank", "two-lines", "not-ascii", "not-text", "too-long"],
)
def test_a_file_that_does_not_hold_one_assertion_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "assertion"
    file.write_bytes(content)
    said = refusal(FileAssertion(file))
    assert said == f"{file} does not hold one assertion"


def test_the_longest_assertion_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    file.write_bytes(b"x" * MAX_BYTES)
    assert len(asyncio.run(FileAssertion(file).read()).open()) == MAX_BYTES


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(FileAssertion(tmp_path / "gone")) == (
        f"{tmp_path}/gone: No such file or directory"
    )


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    assert "does not hold one assertion" in refusal(FileAssertion(Path("/dev/zero")))


def test_a_command_prints_an_assertion() -> None:
    assert asyncio.run(printing(f"print({JWT!r})").read()).open() == JWT


def test_a_command_is_run_without_a_shell() -> None:
    source = CommandAssertion([sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id)|x"])
    assert asyncio.run(source.read()).open() == "$(id)|x"


def test_a_command_that_fails_says_with_what_and_not_what_it_printed() -> None:
    said = refusal(printing(f"import sys; print({JWT!r}); sys.exit(3)"))
    assert said.endswith("ended with 3")
    assert JWT not in said


def test_a_command_that_prints_nothing_is_refused() -> None:
    assert "does not hold one assertion" in refusal(printing(""))


def test_a_command_that_is_not_there_is_named() -> None:
    assert refusal(CommandAssertion(["/no/such/command"])).startswith("/no/such/command: ")


def test_a_command_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND_SECONDS", 0.2)
    assert "took more than 0.2 s" in refusal(printing("import time; time.sleep(60)"))


@pytest.mark.parametrize("printed", ["one two", "one\\ttwo", "one\\rtwo"])
def test_what_is_no_single_word_is_no_assertion(printed: str) -> None:
    assert "does not hold one assertion" in refusal(printing(f"print('{printed}')"))


def test_a_command_that_prints_without_end_is_ended_at_once() -> None:
    said = refusal(printing("while True: print('x' * 4096)"))
    assert "does not hold one assertion" in said


def test_a_command_that_nobody_waits_for_any_more_is_ended(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = f"import os, time; open({str(alive)!r}, 'w').write(str(os.getpid())); time.sleep(60)"

    async def give_up() -> int:
        reading = asyncio.get_running_loop().create_task(printing(code).read())
        for _ in range(500):
            if alive.exists() and alive.read_text():
                break
            await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return int(alive.read_text())

    pid = asyncio.run(give_up())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
