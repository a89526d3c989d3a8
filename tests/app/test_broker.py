import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from remit.app.reading import restore_backup
from remit.audit.note import parse_vkey
from remit.kernel.clock import Clock
from tests.site import Answer, Site

Tale = Callable[[Site], Awaitable[None]]


def run(home: Path, tale: Tale) -> None:
    async def whole() -> None:
        async with Site(home) as site:
            await tale(site)

    asyncio.run(whole())


async def ask(site: Site, assertion: str, nonce: str | None = None) -> Answer:
    return await site.ask_token(site.proofs().make("POST", site.url + "/token", nonce), assertion)


@pytest.mark.parametrize("path", ["", "/token"])
def test_an_assertion_is_for_the_issuer_or_its_token_endpoint(tmp_path: Path, path: str) -> None:
    async def tale(site: Site) -> None:
        assert (await ask(site, site.assertion(aud=site.url + path))).status == 200

    run(tmp_path / "home", tale)


def test_the_lifetime_is_the_settings(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        await site.stop()
        path = site.home / "remit.toml"
        path.write_text(path.read_text("utf-8") + "\n[tokens]\nlifetime_seconds = 45\n", "utf-8")
        await site.start()
        assert (await ask(site, site.assertion())).json["expires_in"] == 45

    run(tmp_path / "home", tale)


async def restore(site: Site, place: Path) -> None:
    """The server's state, backed up, lost and restored."""
    assert (await site.administer("/v1/backup", path=str(place / "saved"))).status == 200
    await site.stop()
    for name in ("remit.db", "remit.db-wal", "remit.db-shm"):
        (site.home / name).unlink(missing_ok=True)
    key = parse_vkey((site.home / "audit.vkey").read_text("utf-8")).key
    restore_backup(place / "saved", site.home, key, (), "alice")
    await site.start()
    answer = await site.administer("/v1/remits/reinstate", name="take-notes", reason="test")
    assert answer.status == 200


def seconds(clock: Clock) -> int:
    return int(clock.now().timestamp())


def test_after_a_restore_only_what_is_new_for_certain_is_accepted(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        await restore(site, tmp_path)
        # The issuer's leeway is 10 s, and so far may its clock be ahead.
        certain = seconds(site.clock) + 10
        new = {"iat": certain, "exp": certain + 300}
        doubtful = await ask(site, site.assertion())
        assert (doubtful.status, doubtful.json["error"]) == (400, "use_dpop_nonce")
        nonce = doubtful.headers["dpop-nonce"]
        doubtful = await ask(site, site.assertion(), nonce)
        assert (doubtful.status, doubtful.json["error"]) == (400, "invalid_grant")
        async with asyncio.timeout(5):
            while (answer := await ask(site, site.assertion(**new), nonce)).status != 200:
                # Within the second of the restore nothing is certain.
                await asyncio.sleep(0.2)
                new = {"iat": seconds(site.clock) + 10, "exp": seconds(site.clock) + 300}
        assert answer.json["token_type"] == "DPoP"

    run(tmp_path / "home", tale)
