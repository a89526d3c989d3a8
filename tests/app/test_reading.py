import asyncio
from pathlib import Path

import pytest

from remit.app.reading import open_audit_reader, restore_backup
from remit.audit.note import parse_vkey
from remit.audit.verify import LogDamaged, Trust
from remit.jose.ed25519 import Ed25519PublicKey, Ed25519SigningKey
from remit.kernel.clock import SystemClock
from remit.kernel.errors import NotFound
from remit.kernel.ids import ROOT_TENANT
from remit.remits.states import RemitState
from tests.app.state import opened
from tests.site import Site


def verifier(home: Path) -> Ed25519PublicKey:
    return parse_vkey((home / "audit.vkey").read_text("utf-8")).key


async def saved(tmp_path: Path) -> Path:
    """A site with one active and one completed remit, backed up, its database lost."""
    async with Site(tmp_path / "home") as site:
        second = SECOND.format()
        await site.apply(second)
        await site.administer("/v1/remits/complete", name="done", reason="test")
        answer = await site.administer("/v1/backup", path=str(tmp_path / "saved"))
        assert answer.status == 200
    for name in ("remit.db", "remit.db-wal", "remit.db-shm"):
        (tmp_path / "home" / name).unlink(missing_ok=True)
    return tmp_path / "saved"


SECOND = """
apiVersion: remit/v1
kind: Remit
metadata: {{name: done}}
spec:
  agent: bob
  purpose: notes
  expiresAt: 2126-01-01T00:00:00Z
  authority: [{{server: notes, tools: [{{name: read_note}}]}}]
"""


def test_a_restore_suspends_active_remits_and_leaves_ended_ones_ended(tmp_path: Path) -> None:
    async def story() -> None:
        home = tmp_path / "home"
        backup = await saved(tmp_path)
        restored = restore_backup(backup, home, verifier(home), (), "alice")
        assert (restored.suspended, restored.installation.incarnation) == (1, 2)
        async with opened(home) as (_, control):
            states = {each.name: each.state for each in control.book.of(ROOT_TENANT)}
            assert states == {"take-notes": RemitState.SUSPENDED, "done": RemitState.COMPLETED}
        checkpoint = (home / "checkpoint").read_bytes()
        trust = Trust([verifier(home)], [checkpoint])
        first, second = open_audit_reader(home).verify(trust, SystemClock()).logs
        assert second.head.log == restored.log
        assert first.lost + first.head.size >= first.covered

    asyncio.run(story())


def test_a_backup_under_another_key_is_not_restored(tmp_path: Path) -> None:
    async def story() -> None:
        home = tmp_path / "home"
        backup = await saved(tmp_path)
        stranger = Ed25519SigningKey.generate().public
        with pytest.raises(LogDamaged):
            restore_backup(backup, home, stranger, (), "alice")
        assert not (home / "remit.db").exists()

    asyncio.run(story())


def test_a_directory_without_a_database_has_no_log(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_audit_reader(tmp_path).tail(1)
