"""Restoring a backup resurrects nothing, and cannot be mistaken for the life before it."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from remit.audit.checkpoint import verifier_key
from remit.audit.journal import (
    AlreadyClaimed,
    ClaimOnce,
    Document,
    PutDocument,
    RaiseWatermark,
    RequireWatermarks,
    WatermarkMoved,
)
from remit.audit.leaf import read_leaf
from remit.audit.proof import verify_proof
from remit.audit.verify import LogDamaged, LogRolledBack, Trust
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.clock import to_millis
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import ROOT_TENANT, TenantId
from remit.storage.sqlite.backup import MANIFEST_NAME, back_up
from remit.storage.sqlite.checkpointer import Checkpointer
from remit.storage.sqlite.database import DatabaseInUse
from remit.storage.sqlite.reader import AuditReader
from remit.storage.sqlite.restore import EVERYTHING, Restore, Restored
from tests.storage.scene import CLOCK, ENTROPY, KEY, fill, happened, journal_in, verify

OTHER = TenantId("ten_other")
CLAIM = ClaimOnce(ROOT_TENANT, "dpop", "jti", CLOCK.now() + timedelta(minutes=5))


def suspend(document: Document) -> bytes | None:
    return b"suspended" if (document.kind, document.body) == ("remit", b"active") else None


def restore(backup: Path, directory: Path, *keys: Ed25519SigningKey) -> Restored:
    trust = Trust([key.public for key in keys or (KEY,)])
    return Restore(trust, suspend, CLOCK, ENTROPY).run(backup, directory, "alice@example.com")


async def live(directory: Path) -> None:
    """A life with remits, a stop and a claim, in two tenants."""
    async with journal_in(directory) as journal:
        for number in range(200):
            body = b"active" if number % 2 else b"completed"
            put = PutDocument(ROOT_TENANT, "remit", f"rmt_{number}", f"name-{number}", body, 0)
            await journal.commit(happened(), (put,))
        agent = PutDocument(OTHER, "agent", "agt_a", "ada", b"active", 0)
        stop = RaiseWatermark(ROOT_TENANT, "agt_a")
        await journal.commit(happened(), (agent, CLAIM, stop, RaiseWatermark(OTHER, EVERYTHING)))
        await Checkpointer(journal, KEY, directory / "checkpoint").checkpoint()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    asyncio.run(live(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def backup(state: Path, tmp_path: Path) -> Path:
    back_up(state, tmp_path / "backup", KEY, CLOCK)
    return tmp_path / "backup"


def test_a_restore_begins_an_incarnation_in_which_tokens_are_dead_and_remits_suspended(
    backup: Path, tmp_path: Path
) -> None:
    before = to_millis(CLOCK.now())
    restored = restore(backup, tmp_path / "new")
    assert restored.suspended == 100

    async def story() -> None:
        async with journal_in(tmp_path / "new") as journal:
            assert journal.installation == restored.installation
            assert journal.installation.incarnation == 2
            assert (journal.installation.restored_at or 0) >= before
            remits = journal.load_documents("remit")
            assert {document.body for document in remits} == {b"suspended", b"completed"}
            assert [document.revision for document in remits] == [1, 2] * 100
            assert [document.body for document in journal.load_documents("agent")] == [b"active"]
            marks = journal.load_watermarks()
            assert marks[ROOT_TENANT, "agt_a"] == 1
            assert min(marks[ROOT_TENANT, EVERYTHING], marks[OTHER, EVERYTHING]) >= before
            with pytest.raises(AlreadyClaimed):
                await journal.commit(happened(), (CLAIM,))
            require = RequireWatermarks(OTHER, {EVERYTHING: 1})
            with pytest.raises(WatermarkMoved):
                await journal.commit(happened(), (require,))

    asyncio.run(story())
    verify(tmp_path / "new")


def test_the_new_log_names_the_old_one_which_stays_provable(
    state: Path, backup: Path, tmp_path: Path
) -> None:
    old = AuditReader(state)
    restored = restore(backup, tmp_path / "new")
    reader = AuditReader(tmp_path / "new")
    first, second = reader.segments()
    assert (first.log, second.log) == (old.head().log, restored.log)
    (record,) = [entry for entry in reader.tail(100) if entry.type == "log.restored"]
    members = read_leaf(record.leaf)
    assert (record.index, record.log) == (0, restored.log)
    assert members["previous"] == first.log
    assert members["previous_size"] == first.size
    assert members["previous_root"] == old.head().root.hex()
    assert members["by"] == "alice@example.com"
    event = old.tail(1)[0].event
    proof = reader.prove(event)
    verify_proof(proof.proof, proof.entry.leaf, [verifier_key(first.log, KEY.public)])


def test_a_newer_checkpoint_of_the_old_log_tells_how_much_was_lost_to_the_restore(
    state: Path, backup: Path, tmp_path: Path
) -> None:
    newer = asyncio.run(fill(state, 30))
    restore(backup, tmp_path / "new")
    before, after = verify(tmp_path / "new", newer).logs
    assert (before.lost, after.lost) == (30, 0)
    # The same backup put back by hand is a rollback, and no restore.
    with pytest.raises(LogRolledBack):
        verify(backup, newer)


def test_the_export_of_the_old_log_is_followed_by_that_of_the_new(
    state: Path, backup: Path, tmp_path: Path
) -> None:
    asyncio.run(fill(state, 30))
    restore(backup, tmp_path / "new")
    shutil.copyfile(state / "checkpoint", tmp_path / "new" / "checkpoint")
    note = asyncio.run(fill(tmp_path / "new", 5))
    assert verify(tmp_path / "new", note).logs[1].covered > 5


def test_each_restore_of_one_backup_outdoes_the_life_after_the_one_before(
    backup: Path, tmp_path: Path
) -> None:
    async def stop_ten_times(directory: Path) -> int:
        async with journal_in(directory) as journal:
            for _ in range(10):
                await journal.commit(happened(), (RaiseWatermark(ROOT_TENANT, EVERYTHING),))
            return journal.load_watermarks()[ROOT_TENANT, EVERYTHING]

    restore(backup, tmp_path / "first")
    reached = asyncio.run(stop_ten_times(tmp_path / "first"))
    asyncio.run(asyncio.sleep(0.02))
    restore(backup, tmp_path / "second")
    second = asyncio.run(stop_ten_times(tmp_path / "second")) - 10
    assert second > reached


def test_a_restored_installation_can_be_backed_up_and_restored_again(
    backup: Path, tmp_path: Path
) -> None:
    restore(backup, tmp_path / "new")
    asyncio.run(fill(tmp_path / "new", 300))
    back_up(tmp_path / "new", tmp_path / "again", KEY, CLOCK)
    restored = restore(tmp_path / "again", tmp_path / "newer")
    assert restored.installation.incarnation == 3
    note = asyncio.run(fill(tmp_path / "newer", 300))
    assert [log.lost for log in verify(tmp_path / "newer", note).logs] == [0, 0, 0]
    entries = AuditReader(tmp_path / "newer").tail(10_000)
    assert len({entry.event for entry in entries}) == len(entries)


def test_nothing_is_restored_over_a_database_or_under_a_server(
    state: Path, backup: Path, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="move it away"):
        restore(backup, state)

    async def story() -> None:
        async with journal_in(state):
            with pytest.raises(DatabaseInUse):
                restore(backup, state)

    asyncio.run(story())
    verify(state)


def test_a_backup_that_was_altered_is_not_restored(backup: Path, tmp_path: Path) -> None:
    database, manifest = backup / "remit.db", backup / MANIFEST_NAME
    original = database.read_bytes(), manifest.read_bytes()
    at = len(original[0]) // 2
    flipped = original[0][:at] + bytes([original[0][at] ^ 1]) + original[0][at + 1 :]
    for content, described in (
        (flipped, original[1]),
        (original[0][:-4096], original[1]),
        (original[0], original[1].replace(b'"size":2', b'"size":3')),
        (original[0], original[1].replace(b"remit/log_", b"remit/log_x")),
        (original[0], original[1][:-1]),
    ):
        database.write_bytes(content)
        manifest.write_bytes(described)
        with pytest.raises((LogDamaged, Malformed)):
            restore(backup, tmp_path / "new")
        assert not (tmp_path / "new" / "remit.db").exists()
        assert not (tmp_path / "new" / ".restoring").exists()


def test_checkpoints_held_elsewhere_are_compared_as_far_as_the_backup_goes(
    state: Path, backup: Path, tmp_path: Path
) -> None:
    older = (state / "checkpoint").read_bytes()
    newer = asyncio.run(fill(state, 30))
    restoring = Restore(Trust([KEY.public], [older, newer]), suspend, CLOCK, ENTROPY)
    restored = restoring.run(backup, tmp_path / "new", "alice@example.com")
    assert restored.verification.logs[0].lost == 0
    stranger = asyncio.run(fill(tmp_path / "other", 3))
    restoring = Restore(Trust([KEY.public], [stranger]), suspend, CLOCK, ENTROPY)
    with pytest.raises(LogDamaged, match="another log"):
        restoring.run(backup, tmp_path / "newer", "alice@example.com")


def test_a_backup_signed_by_a_stranger_is_not_restored(backup: Path, tmp_path: Path) -> None:
    with pytest.raises(LogDamaged):
        restore(backup, tmp_path / "new", Ed25519SigningKey.generate())
    with pytest.raises(Malformed):
        restore(tmp_path, tmp_path / "new")
