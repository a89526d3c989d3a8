import asyncio
from pathlib import Path

import pytest

from remit.app.server import Server
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.settings import SettingsError
from remit.telemetry.logs import Log
from tests.site import Site, parse_answer


def set_administrator(home: Path, uid: int, human: str) -> None:
    path = home / "remit.toml"
    text = path.read_text("utf-8").replace("uid = 0", f"uid = {uid}")
    path.write_text(text.replace('human = "alice"', f'human = "{human}"'), "utf-8")


def test_an_administrator_who_is_no_human_here_refuses_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            await site.stop()
            set_administrator(site.home, 0, "nobody")
            with pytest.raises(SettingsError, match="nobody"):
                await Server(site.home, SystemClock(), SystemEntropy(), Log()).start()

    asyncio.run(story())


def test_a_uid_that_is_not_listed_administers_nothing_and_is_counted(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            await site.stop()
            set_administrator(site.home, 54321, "alice")
            await site.start()
            for action in ("/v1/status", "/v1/stops/stop", "/v1/agents/list"):
                answer = await site.administer(action)
                assert answer.status == 403
            await site.stop()
            set_administrator_back(site.home)
            await site.start()
            (record,) = (await site.administer("/v1/audit/tail", type="refusals.aggregated")).json
            assert record["refusals"] == {"admin access_denied": 3}

    asyncio.run(story())


def set_administrator_back(home: Path) -> None:
    path = home / "remit.toml"
    path.write_text(path.read_text("utf-8").replace("uid = 54321", "uid = 0"), "utf-8")


def test_administration_is_not_on_the_network(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            for port in (site.port, site.parts.settings.server.operations.port):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(
                    b"POST /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                    b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                )
                assert parse_answer(await reader.read()).status == 404
                writer.close()
                await writer.wait_closed()

    asyncio.run(story())


def test_a_backup_says_of_what_it_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            target = tmp_path / "saved"
            answer = await site.administer("/v1/backup", path=str(target))
            assert (answer.status, answer.json["log"]) == (200, site.parts.journal.log)
            assert {path.name for path in target.iterdir()} >= {"remit.db", "manifest.json"}
            assert (await site.administer("/v1/backup", path=str(target))).status == 409
            assert (await site.administer("/v1/backup", path="relative")).status == 400

    asyncio.run(story())


def test_a_backup_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            (tmp_path / "file").touch()
            answer = await site.administer("/v1/backup", path=str(tmp_path / "file" / "saved"))
            assert answer.status == 400
            assert "file" in answer.json["detail"]

    asyncio.run(story())
