"""The checkpointer: signs the log's head when it has grown, keeps the checkpoint and exports it.

The export is the copy that the database's keeper does not hold: it is read at start, and where it
covers more than the log has, or another history, nothing is signed over it.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from remit.audit.checkpoint import (
    SignedHead,
    sign_head,
    unverified_origin,
    verifier_key,
    verify_checkpoint,
)
from remit.audit.journal import AuditUnavailable
from remit.audit.note import MAX_NOTE
from remit.audit.verify import LogDamaged, LogRolledBack
from remit.jose.ed25519 import Ed25519SigningKey
from remit.storage.sqlite.files import replace_file
from remit.storage.sqlite.journal import SQLiteJournal

_LOG = logging.getLogger(__name__)


class Checkpointer:
    """Signs for one journal. `export` is the operator's path, on another disk at best."""

    def __init__(self, journal: SQLiteJournal, key: Ed25519SigningKey, export: Path) -> None:
        self._journal = journal
        self._key = key
        self._export = export
        self._newest: SignedHead | None = None
        self._problem: str | None = None
        self._is_verified = False

    @property
    def problem(self) -> str | None:
        """Why the newest checkpoint was not exported, for readiness; None where it was."""
        return self._problem

    @property
    def newest(self) -> SignedHead | None:
        """The newest checkpoint that this process has signed."""
        return self._newest

    async def verify_export(self) -> None:
        """Compare the exported checkpoint, if there is one, with the log.

        Raises LogRolledBack or LogDamaged: the log is not the one that was exported. After a
        restore, the export of the log before is what was given up, and may be replaced.
        """
        note = await asyncio.to_thread(self._read_export)
        if note is not None:
            if unverified_origin(note) == self._journal.log:
                await self._compare(note)
            elif unverified_origin(note) not in await self._journal.former_logs():
                raise LogDamaged(self._journal.log, f"{self._export} is of another log")
        self._is_verified = True

    async def checkpoint(self) -> SignedHead:
        """Sign the head now, keep it and export it, if the log has grown since the last time."""
        if not self._is_verified:
            await self.verify_export()
        head = await self._journal.head()
        if self._newest is not None and self._newest.head == head:
            return self._newest
        signed = sign_head(head, self._key)
        await self._journal.keep_checkpoint(signed)
        self._newest = signed
        try:
            await asyncio.to_thread(replace_file, self._export, signed.note)
        except OSError as error:
            # The next checkpoint covers this one, and is exported in its place.
            self._problem = f"{self._export}: {error}"
            _LOG.error("the checkpoint was not exported: %s", self._problem)
        else:
            self._problem = None
        return signed

    async def run(self, interval: float = 1.0) -> None:
        """Checkpoint every `interval` seconds until cancelled, and once more at the end.

        Ends when the journal has failed, whose own state says so.
        """
        with suppress(AuditUnavailable):
            try:
                while True:
                    await self.checkpoint()
                    await asyncio.sleep(interval)
            finally:
                await self.checkpoint()

    def _read_export(self) -> bytes | None:
        try:
            with self._export.open("rb") as file:
                return file.read(MAX_NOTE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            # Whatever stands there was not written by us; what it hides cannot be known.
            raise LogDamaged(
                self._journal.log, f"{self._export} cannot be read: {error.strerror}"
            ) from None

    async def _verify(self, note: bytes) -> None:
        if unverified_origin(note) == self._journal.log:
            await self._compare(note)
        elif unverified_origin(note) not in await self._journal.former_logs():
            raise LogDamaged(self._journal.log, f"{self._export} is of another log")

    async def _compare(self, note: bytes) -> None:
        signed = verify_checkpoint(note, [verifier_key(self._journal.log, self._key.public)])
        size = signed.head.size
        head = await self._journal.head()
        if size > head.size:
            problem = f"{self._export} covers {size} records, and {head.size} are here"
            raise LogRolledBack(head.log, problem, head.size)
        if await self._journal.head_at(size) != signed.head:
            raise LogDamaged(head.log, f"{self._export} is of another history", size)
