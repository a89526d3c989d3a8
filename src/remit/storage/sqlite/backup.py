"""Backups: a consistent copy made beside the running server, and a manifest that says what it is.

A backup is a directory with `remit.db` and `manifest.json`. It holds the control state with its
sealed secrets, and the log; not the key files that open the secrets: keep those elsewhere. The
manifest names the log's head and carries a checkpoint of exactly that head, so that a restored node
can prove which history it has.
"""

import shutil
import sqlite3
from pathlib import Path

import msgspec

from remit.audit.checkpoint import sign_head
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.canonical import canonicalize
from remit.kernel.clock import Clock, to_millis
from remit.kernel.errors import Conflict, Malformed
from remit.storage.sqlite.database import FILE_NAME, reading, translated
from remit.storage.sqlite.files import digest_file, replace_file, sync_directory, sync_file
from remit.storage.sqlite.reader import AuditReader

MANIFEST_NAME = "manifest.json"
VERSION = 1
_MAX_MANIFEST = 64 << 10


class BackupImpossible(Malformed):
    """Nothing can be written where the backup was to go."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup is: of which log, how long, and the digest of its database."""

    v: int
    instance: str
    incarnation: int
    log: str
    size: int
    root: str
    checkpoint: str
    database: str
    made_at: int


def back_up(directory: Path, target: Path, key: Ed25519SigningKey, clock: Clock) -> Manifest:
    """Back a directory up into a new directory `target`, beside a running server or without one.

    Blocks for as long as copying takes: run it in a thread. Raises Conflict where `target` exists,
    BackupImpossible where nothing can be written there.
    """
    try:
        return _back_up(directory, target, key, clock)
    except (OSError, ValueError) as problem:
        # The path is somebody's input: it may hold a NUL, or lead through a file.
        raise BackupImpossible(f"{str(target)!r}: {problem}") from None


def _back_up(directory: Path, target: Path, key: Ed25519SigningKey, clock: Clock) -> Manifest:
    if target.exists():
        raise Conflict(f"{target} exists already")
    aside = target.with_name(f".{target.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700, parents=True)
    try:
        copy = aside / FILE_NAME
        copy.touch(mode=0o600)
        _copy(directory / FILE_NAME, copy)
        manifest = _describe(aside, key, clock)
        replace_file(aside / MANIFEST_NAME, canonicalize(msgspec.to_builtins(manifest)), 0o600)
        aside.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sync_directory(target.parent)
    return manifest


def read_manifest(backup: Path) -> tuple[Manifest, bytes]:
    """The manifest of a backup and its bytes; raises Malformed."""
    try:
        with (backup / MANIFEST_NAME).open("rb") as file:
            content = file.read(_MAX_MANIFEST)
        manifest = msgspec.json.decode(content, type=Manifest)
    except (OSError, msgspec.MsgspecError) as problem:
        raise Malformed(f"{backup} is not a backup: {problem}") from None
    if manifest.v != VERSION:
        raise Malformed(f"{backup} is a backup of version {manifest.v}")
    return manifest, content


def _copy(source: Path, copy: Path) -> None:
    with reading(source) as connection, translated(copy):
        connection.execute("COMMIT")
        # VACUUM INTO reads one view of the database, and does not hold up its writer.
        connection.execute("PRAGMA query_only = OFF")
        connection.execute("VACUUM INTO ?", (str(copy),))
    with translated(copy):
        made = sqlite3.connect(copy, isolation_level=None)
        try:
            made.execute("PRAGMA journal_mode = WAL")
        finally:
            made.close()
    sync_file(copy)


def _describe(backup: Path, key: Ed25519SigningKey, clock: Clock) -> Manifest:
    digest = digest_file(backup / FILE_NAME)
    reader = AuditReader(backup)
    installation, head = reader.installation(), reader.head()
    return Manifest(
        v=VERSION,
        instance=installation.instance,
        incarnation=installation.incarnation,
        log=head.log,
        size=head.size,
        root=head.root.hex(),
        checkpoint=sign_head(head, key).note.decode(),
        database=digest,
        made_at=to_millis(clock.now()),
    )
