"""kill -9 of a whole server, at random moments, under load of token requests and tool calls:
nothing that was acknowledged is lost, what was stopped stays stopped, what was used stays used."""

import asyncio
import base64
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from remit.app.reading import open_audit_reader
from remit.audit.entries import Entry
from remit.audit.leaf import read_leaf
from remit.audit.note import parse_vkey
from remit.audit.verify import Trust
from remit.client.proofs import ProofMaker
from remit.kernel.canonical import Json, canonicalize, digest_bytes
from remit.kernel.clock import SystemClock
from remit.kernel.errors import RemitError
from remit.kernel.secret import Secret
from tests.child_site import ChildSite
from tests.site import Answer, call_body

ROUNDS = int(os.environ.get("REMIT_CRASH_ROUNDS", "10"))
LONGEST_LIFE = 0.7
MINTERS, CALLERS = 4, 4
BEYOND_DEATH = (RemitError, OSError, asyncio.IncompleteReadError)


@dataclass(slots=True)
class Acknowledged:
    """What the server said that it did."""

    tokens: list[Secret[str]] = field(default_factory=list)
    holders: list[ProofMaker] = field(default_factory=list)
    spent: list[tuple[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    sent_calls: list[tuple[list[tuple[str, str]], bytes]] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)


def claims_of(token: Secret[str]) -> Mapping[str, Any]:
    payload = token.open().split(".")[1]
    claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


class Life:
    """One life of the server, from its start to its SIGKILL."""

    def __init__(self, site: ChildSite, random: Random, number: int) -> None:
        self.site = site
        self.random = random
        self.number = number
        self.did = Acknowledged()
        self._killed = False

    async def live(self) -> None:
        span = self.random.uniform(0.05, LONGEST_LIFE)
        # Around the end, so that the kill falls before, into and after the stop.
        stop_at = max(0.0, span - self.random.choice((-0.002, 0.001, 0.003, 0.01, 0.1, 0.3)))
        tasks = [
            *(asyncio.create_task(self._until_killed(self._mint)) for _ in range(MINTERS)),
            *(asyncio.create_task(self._until_killed(self._call)) for _ in range(CALLERS)),
            asyncio.create_task(self._stop_after(stop_at)),
        ]
        await asyncio.sleep(span)
        await self.site.kill()
        self._killed = True
        await asyncio.gather(*tasks)

    async def _until_killed(self, act: Callable[[], Awaitable[None]]) -> None:
        while not self._killed:
            try:
                await act()
            except BEYOND_DEATH:
                # The answer will never come; whether the act was done, nobody was told.
                await asyncio.sleep(0.001)

    async def _mint(self) -> None:
        site, proofs = self.site, self.site.proofs()
        proof, assertion = proofs.make("POST", site.url + "/token", None), site.assertion()
        answer = await site.ask_token(proof, assertion)
        if answer.status == 200:
            self.did.tokens.append(Secret(answer.json["access_token"]))
            self.did.holders.append(proofs)
            self.did.spent.append((proof, assertion))
        else:
            await asyncio.sleep(0.002)

    async def _call(self) -> None:
        if not self.did.tokens:
            await asyncio.sleep(0.002)
            return
        which = self.random.randrange(len(self.did.tokens))
        text = f"{self.number}-{self.random.random()}"
        answer, sent = await call(self.site, self.did.holders[which], self.did.tokens[which], text)
        if answer.status == 200 and b'"isError":false' in answer.body:
            self.did.calls.append(text)
            self.did.sent_calls.append(sent)

    async def _stop_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            placed = await self.site.administer(
                "/v1/stops/stop", kind="agent", name="ada", reason="random"
            )
        except BEYOND_DEATH:
            return
        assert placed.status == 200, placed.body
        self.did.stops.append(placed.json["id"])


def arguments(text: str) -> dict[str, Json]:
    return {"text": text, "size": 1}


async def call(
    site: ChildSite, proofs: ProofMaker, token: Secret[str], text: str
) -> tuple[Answer, tuple[list[tuple[str, str]], bytes]]:
    """One call of a write tool, and what was sent for it in the end."""
    nonce: str | None = None
    while True:
        headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "write_note"),
            ("authorization", f"DPoP {token.open()}"),
            ("dpop", proofs.make("POST", site.notes, nonce, token)),
        ]
        body = call_body("write_note", arguments(text))
        answer = await site.send("POST", "/tools/notes", headers, body)
        if nonce is not None or "use_dpop_nonce" not in answer.headers.get("www-authenticate", ""):
            return answer, (headers, body)
        nonce = answer.headers["dpop-nonce"]


class Story:
    """All lives of one site, and what must hold over all of them."""

    def __init__(self, site: ChildSite, random: Random) -> None:
        self.site = site
        self.random = random
        self.minted: set[str] = set()
        self.called: set[str] = set()
        self.stopped: set[str] = set()

    async def one_round(self, number: int) -> None:
        life = Life(self.site, self.random, number)
        await life.live()
        did = life.did
        self.minted |= {claims_of(token)["jti"] for token in did.tokens}
        self.called |= set(did.calls)
        self.stopped |= set(did.stops)
        self.verify_log()
        await self.site.start()
        await self.verify_stops(did)
        await self.verify_used_is_used(did)

    def verify_log(self) -> None:
        """With the server dead: the log is whole, and holds all that was acknowledged."""
        home = self.site.home
        key = parse_vkey((home / "audit.vkey").read_text("utf-8").strip()).key
        reader = open_audit_reader(home)
        reader.verify(Trust([key], [(home / "checkpoint").read_bytes()]), SystemClock())
        records = [read_leaf(entry.leaf) for entry in newest_last(reader.tail(10_000))]
        issued = {each["token"] for each in records if each["type"] == "token.issued"}
        intended = {each["arguments"] for each in records if each["type"] == "call.intended"}
        placed = {each["stop"] for each in records if each["type"] == "stop.placed"}
        assert self.minted <= issued
        assert self.stopped <= placed
        assert {digest(text) for text in self.called} <= intended
        # Audit before effect: what reached the upstream is in the log, answered or not.
        assert {digest(reached) for reached in reached_upstream(self.site)} <= intended
        verify_no_token_while_stopped(records)

    async def verify_stops(self, did: Acknowledged) -> None:
        """Alive again: each acknowledged stop is in force, for new tokens and for old ones."""
        site = self.site
        listed = (await site.administer("/v1/stops/list")).json
        in_force = {stop["id"] for stop in listed}
        assert set(did.stops) <= in_force
        if in_force:
            answer = await site.ask_token(site.proofs().make("POST", site.url + "/token", None))
            assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
        for stop in in_force:
            await site.administer("/v1/stops/lift", stop=stop, reason="next round")
        if in_force and did.tokens:
            # Lifted, and the token of before is as dead as it was.
            answer, _ = await call(site, did.holders[-1], did.tokens[-1], "too late")
            assert answer.status == 401
            assert "invalid_token" in answer.headers["www-authenticate"]

    async def verify_used_is_used(self, did: Acknowledged) -> None:
        """No proof, assertion or call that was accepted before is accepted again."""
        site, endpoint = self.site, self.site.url + "/token"
        for proof, assertion in self.random.sample(did.spent, min(3, len(did.spent))):
            again = await site.ask_token(proof)
            assert (again.status, again.json["error"]) == (400, "invalid_dpop_proof")
            again = await site.ask_token(site.proofs().make("POST", endpoint, None), assertion)
            assert (again.status, again.json["error"]) == (400, "invalid_grant")
        for headers, body in self.random.sample(did.sent_calls, min(3, len(did.sent_calls))):
            again = await site.send("POST", "/tools/notes", headers, body)
            assert again.status == 401
        # And yet the site works.
        fresh = site.proofs()
        answer, _ = await call(site, fresh, await site.obtain_token(fresh), "fresh")
        assert answer.status == 200


def verify_no_token_while_stopped(records: list[Mapping[str, Json]]) -> None:
    in_force: set[Json] = set()
    for record in records:
        match record["type"]:
            case "stop.placed":
                in_force.add(record["stop"])
            case "stop.lifted":
                in_force.discard(record["stop"])
            case "token.issued":
                assert not in_force, record


def newest_last(entries: list[Entry] | tuple[Entry, ...]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.index)


def digest(text: str) -> str:
    return digest_bytes(canonicalize(arguments(text)))


def reached_upstream(site: ChildSite) -> set[str]:
    texts = set()
    for params in site.mcp.called:
        sent = params["arguments"]
        assert isinstance(sent, Mapping)
        texts.add(str(sent["text"]))
    return texts


def test_a_server_killed_again_and_again_loses_and_revives_nothing(tmp_path: Path) -> None:
    async def story() -> Story:
        async with ChildSite(tmp_path / "home") as site:
            told = Story(site, Random(1))
            for number in range(ROUNDS):
                await told.one_round(number)
            return told

    told = asyncio.run(story())
    # It did happen: tokens, calls and stops were acknowledged, and some kills came before others.
    assert len(told.minted) > ROUNDS
    assert len(told.called) > ROUNDS
    assert len(told.stopped) > 0
