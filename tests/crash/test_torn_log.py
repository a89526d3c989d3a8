"""A write-ahead log that a power cut left torn: what is recovered is a history that was, up to some
unit, whole; never a half of one."""

import asyncio
import shutil
from pathlib import Path
from random import Random

from remit.audit.journal import CountUp, PutDocument, RaiseWatermark
from remit.kernel.ids import ROOT_TENANT
from remit.storage.sqlite.journal import SQLiteJournal
from tests.storage.scene import happened, journal_in, verify

# Few enough that SQLite does not write the log back by itself, at a thousand pages.
UNITS = 60
ROUNDS = 60


async def live(directory: Path, copy: Path) -> None:
    async with journal_in(directory) as journal:
        for number in range(UNITS):
            await commit(journal, number)
        # As the disk is while the server runs: the log is not yet written back.
        shutil.copytree(directory, copy)


async def commit(journal: SQLiteJournal, number: int) -> None:
    put = PutDocument(ROOT_TENANT, "agent", f"agt_{number}", f"name-{number}", b"x" * 3000, 0)
    stop, counted = RaiseWatermark(ROOT_TENANT, "a"), CountUp(ROOT_TENANT, "c", None)
    journal.append(happened())
    await journal.commit(happened(), (put, stop, counted))


def tear(random: Random, raw: bytes) -> bytes:
    at = random.randrange(len(raw))
    if random.random() < 0.5:
        return raw[:at]
    # Sectors that were not written, between others that were.
    return raw[:at] + bytes(min(4096, len(raw) - at)) + raw[at + 4096 :]


def test_a_torn_log_recovers_to_a_whole_history(tmp_path: Path) -> None:
    asyncio.run(live(tmp_path / "state", tmp_path / "copy"))
    whole = (tmp_path / "copy" / "remit.db-wal").read_bytes()
    assert len(whole) > UNITS * 4096
    random, sizes = Random(7), set[int]()
    for number in range(ROUNDS):
        torn = tmp_path / f"torn-{number}"
        torn.mkdir()
        shutil.copyfile(tmp_path / "copy" / "remit.db", torn / "remit.db")
        (torn / "remit.db-wal").write_bytes(tear(random, whole))
        sizes.add(verify(torn).logs[0].head.size)
    # It was torn in different places, and never into more than there was.
    assert len(sizes) > 5
    assert max(sizes) <= 1 + 2 * UNITS
