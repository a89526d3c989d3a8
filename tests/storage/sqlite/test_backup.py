"""Backups are consistent beside a running server, and say what they are."""

import asyncio
from pathlib import Path

import pytest

from remit.audit.checkpoint import verifier_key, verify_checkpoint
from remit.audit.journal import RaiseWatermark
from remit.kernel.canonical import canonicalize, parse_strict_object
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import ROOT_TENANT, LogId
from remit.storage.sqlite.backup import MANIFEST_NAME, back_up, read_manifest
from remit.storage.sqlite.database import DatabaseMissing
from remit.storage.sqlite.files import digest_file
from tests.storage.scene import CLOCK, KEY, fill, happened, journal_in, verify


def test_a_backup_of_a_running_server_is_one_moment_of_it(tmp_path: Path) -> None:
    state, target = tmp_path / "state", tmp_path / "backup"

    async def story() -> None:
        async with journal_in(state) as journal:
            writing = asyncio.ensure_future(write(journal.commit))
            await asyncio.sleep(0.05)
            manifest = await asyncio.to_thread(back_up, state, target, KEY, CLOCK)
            await asyncio.sleep(0.01)
            writing.cancel()
            assert 1 < manifest.size < (await journal.head()).size

    async def write(commit: object) -> None:
        assert callable(commit)
        while True:
            await commit(happened(), (RaiseWatermark(ROOT_TENANT, "agt_a"),))

    asyncio.run(story())
    manifest, content = read_manifest(target)
    head = verify(target, manifest.checkpoint.encode()).logs[0].head
    assert (head.log, head.size, head.root.hex()) == (manifest.log, manifest.size, manifest.root)
    keys = [verifier_key(LogId(manifest.log), KEY.public)]
    assert verify_checkpoint(manifest.checkpoint.encode(), keys).head == head
    assert canonicalize(parse_strict_object(content)) == content


def test_a_backup_is_its_owners_alone_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "state", 5))
    target = tmp_path / "backups" / "one"
    manifest = back_up(tmp_path / "state", target, KEY, CLOCK)
    assert target.stat().st_mode & 0o077 == 0
    assert all(each.stat().st_mode & 0o077 == 0 for each in target.iterdir())
    assert [each.name for each in target.parent.iterdir()] == ["one"]
    assert digest_file(target / "remit.db") == manifest.database


def test_a_backup_is_not_made_over_another(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "state", 5))
    back_up(tmp_path / "state", tmp_path / "backup", KEY, CLOCK)
    with pytest.raises(Conflict):
        back_up(tmp_path / "state", tmp_path / "backup", KEY, CLOCK)


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(DatabaseMissing):
            back_up(tmp_path / "state", tmp_path / "backup", KEY, CLOCK)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"v":2}', b"{" * 100_000])
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST_NAME).write_bytes(content)
    with pytest.raises(Malformed):
        read_manifest(tmp_path)


def test_the_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "state", 5))
    back_up(tmp_path / "state", tmp_path / "backup", KEY, CLOCK)
    path = tmp_path / "backup" / MANIFEST_NAME
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":2'))
    with pytest.raises(Malformed, match="version 2"):
        read_manifest(tmp_path / "backup")
