"""Attacks on the files of a state directory: whatever stands there, a server starts or says why."""

import asyncio
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from remit.app.server import Server
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.errors import RemitError
from remit.telemetry.logs import Log
from tests.site import CREDENTIAL, Site


def become_directory(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


SPOILING: Mapping[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(bytes(range(256)) * 16),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "doubled": lambda path: path.write_bytes(path.read_bytes() * 2),
    "zeros before": lambda path: path.write_bytes(bytes(100) + path.read_bytes()),
    "directory": become_directory,
    "loop": lambda path: (path.unlink(), path.symlink_to(path)),
}
FILES = ("remit.toml", "remit.db", "remit.lock", "checkpoint", "keys/slot-1.key")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory that was in use, with a checkpoint and a secret."""
    home = tmp_path_factory.mktemp("files") / "home"

    async def fill() -> None:
        async with Site(home) as site:
            await site.stop()
            kept = home.with_name("kept")
            shutil.copytree(home, kept, ignore=shutil.ignore_patterns("admin.sock"))
            await site.start()

    asyncio.run(fill())
    return home.with_name("kept")


async def start(home: Path) -> str:
    server = Server(home, SystemClock(), SystemEntropy(), Log())
    try:
        await server.start()
    except RemitError as refused:
        return refused.detail
    await server.close()
    return ""


@pytest.mark.parametrize("how", SPOILING)
@pytest.mark.parametrize("name", FILES)
def test_a_spoilt_file_is_refused_by_name_or_does_no_harm(
    made: Path, tmp_path: Path, name: str, how: str
) -> None:
    home = Path(shutil.copytree(made, tmp_path / "home"))
    SPOILING[how](home / name)
    said = asyncio.run(start(home))
    assert CREDENTIAL not in said


@pytest.mark.parametrize(
    "target", ["/proc/self/mem/x", "/dev/null/x", "/a\x00b", "relative", "/", "/proc/new", ""]
)
def test_a_backup_that_cannot_be_written_is_refused(tmp_path: Path, target: str) -> None:
    async def run() -> None:
        async with Site(tmp_path / "home") as site:
            answer = await site.administer("/v1/backup", path=target)
            assert answer.status in (400, 409), answer.body

    asyncio.run(run())


def test_nothing_that_a_site_keeps_is_for_others_to_read(made: Path) -> None:
    secret = [made, made / "keys", made / "keys" / "slot-1.key", made / "remit.db"]
    assert [path for path in secret if path.stat().st_mode & 0o077] == []
