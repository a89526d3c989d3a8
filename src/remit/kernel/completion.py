"""Work that must not be left half done when whoever asked for it goes away.

A commit may reach the disk although the task that awaited it was cancelled; memory would then
differ from what is committed. What runs here goes on to its end, and is heard.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def carry_through(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` to its end, even if the caller is cancelled meanwhile; then pass that on.

    Work that fails while its caller is cancelled raises its own error: a failure is never unheard.
    """
    task = asyncio.get_running_loop().create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result
