"""A process that commits under load and says what was acknowledged, until it is killed.

Each acknowledged unit is one line on standard output: its event, its index, and the number of stops
that were acknowledged so far.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from remit.audit.journal import Change, ClaimOnce, CountUp, PutDocument, RaiseWatermark
from remit.kernel.ids import ROOT_TENANT
from remit.storage.sqlite.checkpointer import Checkpointer
from remit.storage.sqlite.journal import SQLiteJournal
from tests.storage.scene import CLOCK, ENTROPY, KEY, happened, journal_in

WORKERS = 16
LATER = timedelta(hours=1)


def changes_of(worker: int) -> tuple[Change, ...]:
    unique = ENTROPY.draw(8).hex()
    match worker % 4:
        case 0:
            return (RaiseWatermark(ROOT_TENANT, "agt_a"),)
        case 1:
            until = CLOCK.now() + LATER
            claim = ClaimOnce(ROOT_TENANT, "dpop", unique, until)
            return claim, CountUp(ROOT_TENANT, "rmt_a", None)
        case 2:
            return (PutDocument(ROOT_TENANT, "agent", unique, unique, b"x" * 2000, 0),)
        case _:
            return ()


async def commit_for_ever(journal: SQLiteJournal, worker: int) -> None:
    while True:
        journal.append(happened("intent"))
        receipt = await journal.commit(happened("unit"), changes_of(worker))
        kind = "stop" if worker % 4 == 0 else "unit"
        os.write(1, f"{receipt.event} {receipt.index} {kind}\n".encode())


async def main(directory: Path) -> None:
    async with journal_in(directory) as journal, asyncio.TaskGroup() as tasks:
        tasks.create_task(Checkpointer(journal, KEY, directory / "checkpoint").run(0.01))
        for worker in range(WORKERS):
            tasks.create_task(commit_for_ever(journal, worker))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
