import asyncio
from pathlib import Path

import pytest

from remit.app.control import load_control, make_humans
from remit.kernel.errors import Conflict
from remit.kernel.ids import ROOT_TENANT
from remit.signals.targets import everything
from remit.vault.slots import SlotUnusable
from tests.app.state import CLOCK, ENTROPY, opened
from tests.site import Site


def test_what_was_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            await site.administer("/v1/stops/stop", kind="agent", name="ada", reason="test")
            before = site.parts.control
            await site.stop()
            await site.start()
            after = site.parts.control
            for part in ("humans", "agents", "issuers", "bindings", "tool_servers"):
                known = list(getattr(before.directory, part).of(ROOT_TENANT))
                assert known
                assert list(getattr(after.directory, part).of(ROOT_TENANT)) == known
            assert list(after.book.of(ROOT_TENANT)) == list(before.book.of(ROOT_TENANT))
            (stop,), (known,) = before.stops.of(ROOT_TENANT), after.stops.of(ROOT_TENANT)
            assert (known.id, known.target, known.lifted) == (stop.id, stop.target, None)
            assert [each.name for each in after.secrets] == ["notes-key"]

    asyncio.run(story())


def test_a_stop_is_told_to_whoever_listens(tmp_path: Path) -> None:
    async def story() -> None:
        told: list[object] = []
        async with opened(tmp_path / "home") as (journal, _):
            control = load_control(tmp_path / "home", journal, CLOCK, ENTROPY, (told.append,))
            alice = control.directory.humans.load_named(ROOT_TENANT, "alice")
            await control.stops.stop(everything(ROOT_TENANT), by=alice.id, reason="test")
        assert len(told) == 1

    asyncio.run(story())


def test_without_the_key_file_nothing_is_loaded(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (journal, _):
            (tmp_path / "home" / "keys" / "slot-1.key").write_bytes(bytes(32))
            with pytest.raises(SlotUnusable):
                load_control(tmp_path / "home", journal, CLOCK, ENTROPY)

    asyncio.run(story())


def test_there_is_one_first_human(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (journal, _):
            with pytest.raises(Conflict):
                await make_humans(journal, CLOCK, ENTROPY).register_first(ROOT_TENANT, "alice")

    asyncio.run(story())
