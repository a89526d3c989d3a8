"""One live server for all tests of commands; each test hires agents of its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.live import Live, Worker, live_server


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("live") / "home") as running:
        yield running


@pytest.fixture
def worker(live: Live) -> Worker:
    return live.hire()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a short name: a unix socket's path has a hundred characters at most."""
    with tempfile.TemporaryDirectory(prefix="r-") as name:
        yield Path(name)
