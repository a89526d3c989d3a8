"""What the storage tests share: a record, a key, and a journal in a directory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from remit.audit.records import Record
from remit.audit.verify import Trust, Verification
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import ROOT_TENANT, AgentId
from remit.kernel.secret import Secret
from remit.storage.sqlite.checkpointer import Checkpointer
from remit.storage.sqlite.journal import SQLiteJournal, create_journal, open_journal
from remit.storage.sqlite.reader import AuditReader

KEY = Ed25519SigningKey(Secret(b"k" * 32))
CLOCK = SystemClock()
# Of the machine: a seeded one would draw the same events again when a directory is opened again.
ENTROPY = SystemEntropy()


class Happened(Record, frozen=True, kw_only=True, tag="test.happened"):
    """Something happened."""

    agent: AgentId | None = None
    note: str = ""


class Else(Record, frozen=True, kw_only=True, tag="test.else"):
    """Something else happened."""


def happened(note: str = "", agent: str | None = None) -> Happened:
    return Happened(tenant=ROOT_TENANT, note=note, agent=None if agent is None else AgentId(agent))


@asynccontextmanager
async def journal_in(directory: Path) -> AsyncIterator[SQLiteJournal]:
    """The journal of a directory, made where there is none."""
    is_new = not (directory / "remit.db").exists()
    journal = (create_journal if is_new else open_journal)(directory, CLOCK, ENTROPY)
    try:
        yield journal
    finally:
        await journal.aclose()


async def fill(directory: Path, count: int, checkpoint_every: int = 100) -> bytes:
    """A log with so many records more, and its newest checkpoint."""
    async with journal_in(directory) as journal:
        checkpointer = Checkpointer(journal, KEY, directory / "checkpoint")
        for number in range(count):
            journal.append(happened(f"number {number}", f"agt_{number % 3}"))
            if number % checkpoint_every == checkpoint_every - 1:
                await checkpointer.checkpoint()
        return (await checkpointer.checkpoint()).note


def verify(directory: Path, *held: bytes) -> Verification:
    return AuditReader(directory).verify(Trust([KEY.public], held), CLOCK)
