"""A whole site for each test, and a way to tell a tale on it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.site import Site

Tale = Callable[[Site], Awaitable[None]]
Tell = Callable[[Tale], None]


@pytest.fixture
def tell(tmp_path: Path) -> Tell:
    """Runs a tale on a site of its own."""

    def run(tale: Tale) -> None:
        async def whole() -> None:
            async with Site(tmp_path / "home") as site:
                await tale(site)

        asyncio.run(whole())

    return run
