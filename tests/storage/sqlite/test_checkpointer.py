"""Checkpoints are signed when the log grows, and never over a log that is not the exported one."""

import asyncio
import logging
import shutil
from pathlib import Path

import pytest

from remit.audit.checkpoint import verifier_key, verify_checkpoint
from remit.audit.note import NoteInvalid
from remit.audit.verify import LogDamaged, LogRolledBack
from remit.jose.ed25519 import Ed25519SigningKey
from remit.storage.sqlite.checkpointer import Checkpointer
from tests.storage.scene import KEY, fill, happened, journal_in, verify


def test_the_export_is_the_newest_checkpoint_and_is_kept_beside_the_log(tmp_path: Path) -> None:
    export = tmp_path / "elsewhere" / "checkpoint"
    export.parent.mkdir()

    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            checkpointer = Checkpointer(journal, KEY, export)
            for number in range(3):
                await journal.commit(happened())
                signed = await checkpointer.checkpoint()
                assert export.read_bytes() == signed.note
                assert signed.head.size == number + 2
                assert await checkpointer.checkpoint() is signed is checkpointer.newest
            verify_checkpoint(export.read_bytes(), [verifier_key(journal.log, KEY.public)])

    asyncio.run(story())
    assert verify(tmp_path, export.read_bytes()).logs[0].checkpoints == 3


def test_running_it_signs_what_comes_and_what_came_last(tmp_path: Path) -> None:
    export = tmp_path / "checkpoint"

    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            checkpointer = Checkpointer(journal, KEY, export)
            running = asyncio.ensure_future(checkpointer.run(0.005))
            await journal.commit(happened())
            await asyncio.sleep(0.1)
            first = checkpointer.newest
            assert first is not None
            assert first.head.size == 2
            await journal.commit(happened())
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert export.read_bytes().split(b"\n")[1] == b"3"

    asyncio.run(story())


def test_a_log_that_was_rolled_back_is_not_signed(tmp_path: Path) -> None:
    state, older = tmp_path / "state", tmp_path / "older"
    asyncio.run(fill(state, 10))
    shutil.copytree(state, older)
    asyncio.run(fill(state, 10))
    shutil.copyfile(older / "remit.db", state / "remit.db")
    before = (state / "checkpoint").read_bytes()
    with pytest.raises(LogRolledBack):
        asyncio.run(fill(state, 0))
    assert (state / "checkpoint").read_bytes() == before


def test_a_log_that_was_rolled_back_and_has_grown_again_is_not_signed(tmp_path: Path) -> None:
    state, older = tmp_path / "state", tmp_path / "older"
    asyncio.run(fill(state, 10))
    shutil.copytree(state, older)
    asyncio.run(fill(state, 10))
    exported = (state / "checkpoint").read_bytes()
    # Grown beyond the export while nobody compared.
    asyncio.run(fill(older, 500))
    (older / "checkpoint").write_bytes(exported)
    with pytest.raises(LogDamaged, match="another history"):
        asyncio.run(fill(older, 1))


def test_another_installations_log_is_not_signed(tmp_path: Path) -> None:
    asyncio.run(fill(tmp_path / "one", 10))
    asyncio.run(fill(tmp_path / "two", 10))
    shutil.copyfile(tmp_path / "one" / "checkpoint", tmp_path / "two" / "checkpoint")
    with pytest.raises(LogDamaged, match="another log"):
        asyncio.run(fill(tmp_path / "two", 1))


def test_an_export_that_is_no_checkpoint_or_not_under_our_key_is_not_overwritten(
    tmp_path: Path,
) -> None:
    async def sign_with(key: Ed25519SigningKey) -> None:
        async with journal_in(tmp_path) as journal:
            await Checkpointer(journal, key, tmp_path / "checkpoint").checkpoint()

    asyncio.run(sign_with(Ed25519SigningKey.generate()))
    with pytest.raises(NoteInvalid):
        asyncio.run(sign_with(KEY))
    (tmp_path / "checkpoint").write_text("a file of somebody else's")
    with pytest.raises(NoteInvalid):
        asyncio.run(sign_with(KEY))


def test_an_export_that_cannot_be_written_is_a_problem_and_no_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    export = tmp_path / "unmounted" / "checkpoint"

    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            checkpointer = Checkpointer(journal, KEY, export)
            with caplog.at_level(logging.ERROR):
                await checkpointer.checkpoint()
            assert "unmounted" in (checkpointer.problem or "")
            export.parent.mkdir()
            await journal.commit(happened())
            await checkpointer.checkpoint()
            assert checkpointer.problem is None
            assert export.exists()

    asyncio.run(story())


def test_it_ends_quietly_with_its_journal(tmp_path: Path) -> None:
    async def story() -> None:
        async with journal_in(tmp_path) as journal:
            running = asyncio.ensure_future(
                Checkpointer(journal, KEY, tmp_path / "checkpoint").run(0.001)
            )
            await asyncio.sleep(0.01)
            await journal.aclose()
            async with asyncio.timeout(5):
                await running

    asyncio.run(story())
