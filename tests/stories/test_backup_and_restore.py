"""A backup made under load, a disaster, and the life after it: nothing of before acts by itself."""

import asyncio
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from remit.client.proofs import ProofMaker
from remit.kernel.secret import Secret
from tests.child_site import ChildSite

# An issuer's, where its document does not say otherwise.
LEEWAY_SECONDS = 10
REMIT = [sys.executable, "-c", "from remit.cli.entry import main; main()"]


async def command(*words: str) -> Any:
    """What a command that must succeed says in JSON, run as operators run it."""
    child = await asyncio.create_subprocess_exec(
        *REMIT,
        *words,
        "-o",
        "json",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    assert child.returncode == 0, err.decode()
    return json.loads(out)


async def call_until(over: asyncio.Event, site: ChildSite) -> int:
    """Calls without a pause; how many were answered."""
    proofs = site.proofs()
    token = await site.obtain_token(proofs)
    answered = 0
    while not over.is_set():
        answer = await site.call(proofs, token, "write_note", {"text": "t", "size": 1})
        assert answer.status == 200
        answered += 1
    return answered


def move_in(site: ChildSite, home: Path) -> None:
    """A new directory with the settings and the keys, and no database."""
    home.mkdir(mode=0o700)
    for name in ("remit.toml", "audit.vkey"):
        shutil.copy(site.home / name, home / name)
    shutil.copytree(site.home / "keys", home / "keys")


async def is_dead(site: ChildSite, proofs: ProofMaker, token: Secret[str]) -> bool:
    answer = await site.call(proofs, token, "read_note", {"id": 1})
    return answer.status == 401 and "invalid_token" in answer.headers["www-authenticate"]


def undoubted(site: ChildSite) -> str:
    """An assertion of a platform whose clock is so far ahead that it cannot be of before."""
    ahead = int(site.clock.now().timestamp()) + LEEWAY_SECONDS
    return site.assertion(iat=ahead, exp=ahead + 300)


async def new_work(site: ChildSite) -> None:
    """A call under a new token, asked for with a nonce."""
    proofs, endpoint = site.proofs(), site.url + "/token"
    asked = await site.ask_token(proofs.make("POST", endpoint, None), undoubted(site))
    nonce = asked.headers["dpop-nonce"]
    granted = await site.ask_token(proofs.make("POST", endpoint, nonce), undoubted(site))
    assert granted.status == 200, granted.body
    token = Secret(granted.json["access_token"])
    answer = await site.call(proofs, token, "read_note", {"id": 1})
    assert answer.status == 200


def test_what_a_backup_brings_back_acts_only_when_somebody_says_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with ChildSite(tmp_path / "home") as site:
            home, saved, heir = site.home, tmp_path / "saved", tmp_path / "heir"
            before = site.proofs()
            token_before = await site.obtain_token(before)

            over = asyncio.Event()
            load = [asyncio.create_task(call_until(over, site)) for _ in range(3)]
            await command("backup", str(saved), "-d", str(home))
            over.set()
            assert sum(await asyncio.gather(*load)) > 0

            # After the backup: a token, a used proof and a used assertion that it knows nothing of.
            after = site.proofs()
            token_after = await site.obtain_token(after)
            proof = after.make("POST", site.url + "/token", None)
            assertion = site.assertion()
            assert (await site.ask_token(proof, assertion)).status == 200
            # Its last checkpoint covers all that was done.
            await site.stop()

            held_elsewhere = str(home / "checkpoint")
            move_in(site, heir)
            # A checkpoint is held elsewhere, and says that this was a restore and what it lost.
            told = await command(
                "restore", str(saved), "--checkpoint", held_elsewhere, "-d", str(heir)
            )
            assert (told["incarnation"], told["remits_suspended"]) == (2, 1)
            first, second = await command(
                "audit", "verify", "--checkpoint", held_elsewhere, "-d", str(heir)
            )
            assert first["lost"] > 0
            assert (second["lost"], second["log"]) == (0, told["log"])

            site.home = heir
            await site.start()
            (remit,) = await command("remit", "ls", "-d", str(heir))
            assert remit["state"] == "suspended"
            assert await is_dead(site, before, token_before)
            assert await is_dead(site, after, token_after)
            refused = await site.ask_token(site.proofs().make("POST", site.url + "/token", None))
            assert refused.status == 400

            await command("remit", "reinstate", "take-notes", "--reason", "seen", "-d", str(heir))
            assert await is_dead(site, before, token_before)
            assert await is_dead(site, after, token_after)
            # What was used after the backup is used, though the claim on it was lost.
            again = await site.ask_token(proof, undoubted(site))
            assert (again.status, again.json["error"]) == (400, "use_dpop_nonce")
            fresh = site.proofs().make("POST", site.url + "/token", again.headers["dpop-nonce"])
            again = await site.ask_token(fresh, assertion)
            assert (again.status, again.json["error"]) == (400, "invalid_grant")
            # And new work goes on, with the secrets that were sealed before.
            await new_work(site)
            assert await command("audit", "verify", "-d", str(heir))

    asyncio.run(story())
