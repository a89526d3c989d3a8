"""A state directory that was made by `remit init`, opened without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from remit.app.control import Control, load_control
from remit.app.initialise import FirstSettings, initialise
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.storage.sqlite.journal import SQLiteJournal, open_journal

CLOCK, ENTROPY = SystemClock(), SystemEntropy()
FIRST = FirstSettings("http://127.0.0.1:8470", "127.0.0.1", 8470, 8471, 0, "alice")


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[tuple[SQLiteJournal, Control]]:
    """The journal and the control state; made first where there is none."""
    if not await asyncio.to_thread(home.exists):
        await initialise(home, FIRST, CLOCK, ENTROPY)
    journal = open_journal(home, CLOCK, ENTROPY)
    try:
        yield journal, load_control(home, journal, CLOCK, ENTROPY)
    finally:
        await journal.aclose()
