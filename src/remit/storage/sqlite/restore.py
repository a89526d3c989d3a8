"""Restoring a backup: a new incarnation, in which nothing of before acts until people release it.

The log is not continued: one that went on from an old head would contradict checkpoints that it has
already signed. The restored log stays as it is, readable and provable under its old checkpoints,
and a new log begins with `log.restored`, which names it, its size and its root. Whoever holds a
newer checkpoint of the old log sees how many of its records were lost, and that it was a restore.

Every tenant's `everything` watermark is lifted to the instant of the restore, in milliseconds:
higher than the life after the backup, or an earlier restore of it, can have reached by counting.
Claims made after the backup are lost; `restored_at` lets proofs and assertions issued before it be
refused.
"""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

from remit.audit.checkpoint import verifier_key, verify_checkpoint
from remit.audit.effects import describe_lift
from remit.audit.entries import Installation
from remit.audit.journal import Document, PutDocument
from remit.audit.log import Drafting
from remit.audit.note import NoteInvalid, VerifierKey
from remit.audit.records import LogRestored, RestoreSuspended
from remit.audit.tree import CompactRange
from remit.audit.verify import LogDamaged, Trust, Verification
from remit.kernel.canonical import Json, digest_bytes
from remit.kernel.clock import Clock, from_millis, to_millis
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict
from remit.kernel.ids import ROOT_TENANT, LogId, TenantId, draw_id
from remit.storage.sqlite.appender import Appender, LogPlace
from remit.storage.sqlite.backup import Manifest, read_manifest
from remit.storage.sqlite.changes import apply_changes
from remit.storage.sqlite.database import (
    FILE_NAME,
    DirectoryLock,
    connect_writer,
    translated,
    verify_application,
)
from remit.storage.sqlite.files import digest_file, sync_directory, sync_file
from remit.storage.sqlite.migrate import load_migrations, migrate
from remit.storage.sqlite.reader import AuditReader
from remit.storage.sqlite.statements import load_statements

EVERYTHING = "everything"
_PART = 64
_LOG = load_statements("log")
_STATE = load_statements("state")

Line = TypeVar("Line")
# The new body of a document that must not come back as it was (an active remit: suspended).
# None leaves it as it is.
Suspend: TypeAlias = Callable[[Document], bytes | None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: the verification of the backup, and the incarnation that begins."""

    verification: Verification
    installation: Installation
    log: LogId
    suspended: int


class Restore:
    """Restores backups that verify; `trust` may hold checkpoints newer than the backup."""

    def __init__(self, trust: Trust, suspend: Suspend, clock: Clock, entropy: Entropy) -> None:
        self._trust = trust
        self._suspend = suspend
        self._clock = clock
        self._entropy = entropy

    def run(self, backup: Path, directory: Path, by: str) -> Restored:
        """Restore a backup into a directory without a database; `by` is the human who asks for it.

        Raises Malformed, LogDamaged or Conflict; the database appears when all is done.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = DirectoryLock(directory)
        aside = directory / ".restoring"
        try:
            if (directory / FILE_NAME).exists():
                raise Conflict(f"{directory} holds a database: move it away, and keep it")
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(mode=0o700)
            restored = self._prepare(backup, aside, by)
            sync_file(aside / FILE_NAME)
            (aside / FILE_NAME).rename(directory / FILE_NAME)
            sync_directory(directory)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            lock.release()
        return restored

    def _prepare(self, backup: Path, aside: Path, by: str) -> Restored:
        manifest, content = read_manifest(backup)
        shutil.copyfile(backup / FILE_NAME, aside / FILE_NAME)
        (aside / FILE_NAME).chmod(0o600)
        if digest_file(aside / FILE_NAME) != manifest.database:
            raise LogDamaged(manifest.log, "the backup's database is not the manifest's")
        _update(aside / FILE_NAME)
        known = (manifest.checkpoint.encode(), *self._held_until(manifest))
        verification = AuditReader(aside).verify(Trust(self._trust.keys, known), self._clock)
        head = verification.logs[-1].head
        if (head.log, head.size, head.root.hex()) != (manifest.log, manifest.size, manifest.root):
            raise LogDamaged(manifest.log, "the backup's log is not the manifest's")
        with translated(aside / FILE_NAME):
            connection = connect_writer(aside / FILE_NAME)
            try:
                return self._begin(connection, verification, digest_bytes(content), by)
            finally:
                # Closing the last connection moves the write-ahead log into the file.
                connection.close()

    def _held_until(self, manifest: Manifest) -> Sequence[bytes]:
        """The checkpoints held elsewhere, but for those of what the restore gives up."""
        keys = [verifier_key(LogId(manifest.log), key) for key in self._trust.keys]
        return [note for note in self._trust.held_elsewhere if not _is_beyond(note, keys, manifest)]

    def _begin(
        self, connection: sqlite3.Connection, before: Verification, backup: str, by: str
    ) -> Restored:
        at = to_millis(self._clock.now())
        installation = Installation(
            before.installation.instance, before.installation.incarnation + 1, at
        )
        head = before.logs[-1].head
        first = 1 + sum(log.head.size for log in before.logs)
        place = LogPlace(installation.incarnation, draw_id(LogId, self._entropy), first)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_LOG["begin_incarnation"], (installation.incarnation, at))
        connection.execute(_LOG["insert_log"], (place.number, place.log, place.first_sequence))
        lifts = _lift(connection, at)
        suspended = self._suspend_all(connection)
        record = LogRestored(
            tenant=ROOT_TENANT,
            instance=installation.instance,
            incarnation=installation.incarnation,
            previous=head.log,
            previous_size=head.size,
            previous_root=head.root.hex(),
            backup=backup,
            suspended=len(suspended),
            by=by,
        )
        drafting = Drafting(place.log, _StoppedClock(self._clock, at), self._entropy)
        more = RestoreSuspended(tenant=ROOT_TENANT, incarnation=installation.incarnation)
        drafts = [drafting.draft(record)]
        drafts += [drafting.draft(more, (), part) for part in _parts(lifts)]
        drafts += [drafting.draft(more, part) for part in _parts(suspended)]
        Appender(connection, place, CompactRange()).append(drafts)
        connection.execute("COMMIT")
        return Restored(before, installation, place.log, len(suspended))

    def _suspend_all(self, connection: sqlite3.Connection) -> Sequence[PutDocument]:
        changes = []
        for row in connection.execute(_STATE["list_all_documents"]).fetchall():
            document = Document(*row)
            body = self._suspend(document)
            if body is not None:
                key = (document.tenant, document.kind, document.id, document.name)
                changes.append(PutDocument(*key, body, document.revision))
        apply_changes(connection, changes)
        return changes


class _StoppedClock:
    """One instant for all that a restore writes, which `restored_at` is compared with."""

    def __init__(self, clock: Clock, at: int) -> None:
        self._clock = clock
        self._at = from_millis(at)

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._clock.monotonic()


def _is_beyond(note: bytes, keys: Sequence[VerifierKey], manifest: Manifest) -> bool:
    try:
        return verify_checkpoint(note, keys).head.size > manifest.size
    except NoteInvalid:
        # Of an earlier log, or of none: verification says which.
        return False


def _update(path: Path) -> None:
    """The schema of a backup, brought to today's."""
    with translated(path):
        connection = connect_writer(path)
        try:
            verify_application(connection, path)
            migrate(connection, load_migrations())
        finally:
            connection.close()


def _parts(lines: Sequence[Line]) -> Sequence[Sequence[Line]]:
    """What fits into one leaf each."""
    return [lines[start : start + _PART] for start in range(0, len(lines), _PART)]


def _lift(connection: sqlite3.Connection, at: int) -> Sequence[Json]:
    tenants = {tenant for (tenant,) in connection.execute(_STATE["list_tenants"])}
    lines = []
    for tenant in sorted(tenants | {ROOT_TENANT}):
        found = connection.execute(_STATE["find_watermark"], (tenant, EVERYTHING)).fetchone()
        value = max(at, 1 + (0 if found is None else found[0]))
        connection.execute(_STATE["lift_watermark"], (tenant, EVERYTHING, value))
        lines.append(describe_lift(TenantId(tenant), EVERYTHING, value))
    return lines
