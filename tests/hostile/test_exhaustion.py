"""Attacks on memory and disk: nobody, and no one agent, makes the server hold more and more."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from remit.audit import refusals
from remit.audit.refusals import Allowances
from remit.testing.clock import FakeClock
from tests.site import Site

FLOOD = 150


def on_a_site(tmp_path: Path, tale: Callable[[Site], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with Site(tmp_path / "home") as site:
            await tale(site)

    asyncio.run(whole())


async def count_records(site: Site, kind: str) -> int:
    answer = await site.administer("/v1/audit/tail", count=1000, type=kind)
    return len(answer.json)


def test_one_assertion_that_is_refused_without_end_does_not_fill_the_log(tmp_path: Path) -> None:
    """A refused assertion is not used up: its holder could have it refused for five minutes."""

    async def tale(site: Site) -> None:
        assertion = site.assertion()
        for _ in range(FLOOD):
            answer = await site.ask_token(None, assertion, resource="https://elsewhere.example/x")
            assert answer.json["error"] == "invalid_target"
        assert 100 <= await count_records(site, "token.refused") < FLOOD

    on_a_site(tmp_path, tale)


def test_a_used_assertion_replayed_without_end_does_not_fill_the_log(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        assertion, proofs = site.assertion(), site.proofs()
        endpoint = site.url + "/token"
        answers = [
            await site.ask_token(proofs.make("POST", endpoint, None), assertion)
            for _ in range(FLOOD)
        ]
        assert [answer.status for answer in answers] == [200] + [400] * (FLOOD - 1)
        assert await count_records(site, "token.refused") < FLOOD - 1
        # What was not written one by one was counted.
        await site.stop()
        await site.start()
        tail = await site.administer("/v1/audit/tail", type="refusals.aggregated")
        assert tail.json[0]["refusals"]["token invalid_grant"] > 0

    on_a_site(tmp_path, tale)


def test_allowances_are_of_each_caller_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    allowances = Allowances(clock)
    assert [allowances.admit("a") for _ in range(101)] == [True] * 100 + [False]
    assert allowances.admit("b")
    clock.advance(0.1)
    assert [allowances.admit("a") for _ in range(2)] == [True, False]
    monkeypatch.setattr(refusals, "_MOST_CALLERS", 10)
    for n in range(1000):
        allowances.admit(f"caller {n}")
    assert len(allowances._left) <= 10 + 2


def test_strangers_leave_nothing_behind(tmp_path: Path) -> None:
    """Whatever is kept by something that a caller chose is only for callers who proved it."""

    async def tale(site: Site) -> None:
        running = site.parts
        decisions = running.proxy.tool_proxy._decisions
        callers = decisions._callers
        before = len(callers._replay), len(callers._access_tokens._proved)
        proofs = site.proofs()
        held = await site.obtain_token(proofs)
        body = b"{}"
        for n in range(60):
            stranger = site.proofs()
            proof = stranger.make("POST", site.notes, f"nonce-{n}", held)
            headers = [
                ("authorization", f"DPoP {held.open()}{n}"),
                ("dpop", proof),
                ("content-type", "application/json"),
                (f"x-{n}", "1"),
            ]
            assert (await site.send("POST", f"/tools/t{n}", headers, body)).status == 401
            await site.ask_token(proof, f"{n}.{n}.{n}", resource=f"https://x.example/{n}")
            await site.send("GET", f"/nowhere/{n}", [])
        assert (len(callers._replay), len(callers._access_tokens._proved)) == before
        assert len(running.proxy.tool_proxy._refusals._allowances._left) == 0

    on_a_site(tmp_path, tale)
