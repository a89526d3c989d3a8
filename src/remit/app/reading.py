"""State directories without a server: reading their log, and restoring them from a backup."""

from pathlib import Path

from remit.audit.journal import Document
from remit.audit.verify import Trust
from remit.jose.ed25519 import Ed25519PublicKey
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.remits.book import KIND as REMIT
from remit.remits.document import suspend_body
from remit.storage.sqlite.reader import AuditReader
from remit.storage.sqlite.restore import Restore, Restored


def open_audit_reader(home: Path) -> AuditReader:
    """The audit log of a state directory, read-only."""
    return AuditReader(home)


def restore_backup(
    backup: Path, home: Path, key: Ed25519PublicKey, held_elsewhere: tuple[bytes, ...], by: str
) -> Restored:
    """Restore into a directory without a database: a new incarnation, without active remits."""
    trust = Trust([key], held_elsewhere)
    return Restore(trust, _suspend, SystemClock(), SystemEntropy()).run(backup, home, by)


def _suspend(document: Document) -> bytes | None:
    """The body of an active remit, suspended; None for what a restore leaves as it is."""
    if document.kind != REMIT:
        return None
    suspended = suspend_body(document.body)
    return None if suspended == document.body else suspended
