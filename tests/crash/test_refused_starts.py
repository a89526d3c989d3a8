"""What a server does not start on: it says why in a line or few, and ends with its exit code."""

import asyncio
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from remit.app.initialise import FirstSettings, initialise
from remit.app.server import Server
from remit.audit.records import LogOpened
from remit.cli.exits import Exit
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import ROOT_TENANT
from remit.storage.sqlite.journal import open_journal
from remit.telemetry.logs import Log
from tests.crash.starts import serve
from tests.site import free_port


def make(home: Path) -> Path:
    first = FirstSettings(
        "http://127.0.0.1:8470", "127.0.0.1", free_port(), free_port(), os.getuid(), "alice"
    )
    asyncio.run(initialise(home, first, SystemClock(), SystemEntropy()))
    return home


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("made") / "home")


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A state directory of its own: a copy of one that would start."""
    return Path(shutil.copytree(made, tmp_path / "home"))


def assert_refused(home: Path, code: Exit, *words: str) -> None:
    ended = serve(home, home.with_name("stderr"))
    assert (ended.code, "Traceback" in ended.said) == (code, False), ended.said
    for word in words:
        assert word in ended.said
    said = [line for line in ended.said.splitlines() if not line.startswith("{")]
    assert 1 <= len(said) <= 3, ended.said
    assert not (home / "admin.sock").exists()


def setting(home: Path, before: str, after: str) -> None:
    path = home / "remit.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("[server]", "[server", "remit.toml"),
        ("[server]", "[server]\ncolour = 1", "server.colour"),
        ("[server]", "[server]\nshutdown_seconds = -1", "server.shutdown_seconds"),
        ("[server.listen]", "[limits]\nconnections = 0\n[server.listen]", "limits.connections"),
        ('host = "127.0.0.1"', 'host = "0.0.0.0"', "loopback"),
        ('human = "alice"', 'human = "nobody"', "nobody"),
        ("[server]", '[server]\ntls_certificate = "cert.pem"', "go together"),
        ("[server]", '[server]\ntls_certificate = "c"\ntls_key = "k"', "No such file"),
    ],
)
def test_broken_settings_are_named(home: Path, before: str, after: str, word: str) -> None:
    setting(home, before, after)
    expected = Exit.UNAVAILABLE if word == "No such file" else Exit.INVALID
    assert_refused(home, expected, word)


def remove(path: Path) -> None:
    path.unlink()


def open_to_all(path: Path) -> None:
    path.chmod(0o644)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:31])


def exchange(path: Path) -> None:
    path.write_bytes(bytes(32))


@pytest.mark.parametrize("harm", [remove, open_to_all, shorten, exchange])
def test_a_key_file_that_cannot_be_used_is_named(home: Path, harm: Callable[[Path], None]) -> None:
    harm(home / "keys" / "slot-1.key")
    assert_refused(home, Exit.UNAVAILABLE, "file-1")


def overwrite(path: Path) -> None:
    path.write_bytes(b"this is no database" * 1000)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def halve(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def spoil_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("harm", [overwrite, empty, halve, spoil_pages])
def test_a_damaged_database_is_not_served(home: Path, harm: Callable[[Path], None]) -> None:
    harm(home / "remit.db")
    assert_refused(home, Exit.UNAVAILABLE, "remit.db")


def test_a_database_that_is_gone_is_not_made_anew(home: Path) -> None:
    (home / "remit.db").unlink()
    assert_refused(home, Exit.NOT_FOUND, "restore a backup")
    assert not (home / "remit.db").exists()


def test_a_record_that_was_taken_out_shows_at_start(home: Path) -> None:
    started_once(home)
    with sqlite3.connect(home / "remit.db") as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(
            "DELETE FROM audit_record WHERE sequence = (SELECT max(sequence) FROM audit_record)"
        )
    database.close()
    assert_refused(home, Exit.NOT_VERIFIED)


def test_a_database_put_back_is_found_out_by_the_exported_checkpoint(home: Path) -> None:
    started_once(home)
    old = (home / "remit.db").read_bytes()
    grow(home)
    started_once(home)
    (home / "remit.db").write_bytes(old)
    assert_refused(home, Exit.NOT_VERIFIED, "checkpoint", "covers")


def test_the_checkpoint_of_another_log_is_refused(home: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "other")
    started_once(other)
    shutil.copy(other / "checkpoint", home / "checkpoint")
    assert_refused(home, Exit.NOT_VERIFIED, "another log")


def test_what_is_no_checkpoint_is_refused_and_not_written_over(home: Path) -> None:
    (home / "checkpoint").write_bytes(b"scribble\n")
    assert_refused(home, Exit.NOT_VERIFIED, "checkpoint")
    assert (home / "checkpoint").read_bytes() == b"scribble\n"


def test_an_address_that_is_taken_is_named(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listen = home / "remit.toml"
        lines = listen.read_text("utf-8").splitlines()
        at = lines.index("[server.listen]") + 2
        lines[at] = f"port = {port}"
        listen.write_text("\n".join(lines) + "\n", "utf-8")
        assert_refused(home, Exit.UNAVAILABLE, str(port), "in use")


def test_a_directory_without_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert_refused(tmp_path / "empty", Exit.INVALID, "remit init")


def started_once(home: Path) -> None:
    """A start and an end, with a last checkpoint exported."""

    async def once() -> None:
        server = Server(home, SystemClock(), SystemEntropy(), Log())
        await server.start()
        await server.close()

    asyncio.run(once())


def grow(home: Path) -> None:
    """One more record, as any change makes."""

    async def once() -> None:
        journal = open_journal(home, SystemClock(), SystemEntropy())
        record = LogOpened(
            tenant=ROOT_TENANT, instance=journal.installation.instance, incarnation=1
        )
        await journal.commit(record)
        await journal.aclose()

    asyncio.run(once())
