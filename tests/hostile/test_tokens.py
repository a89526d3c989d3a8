"""Attacks with good tokens in the wrong place, at the wrong time, or in the wrong hands."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from remit.client.proofs import ProofMaker
from remit.kernel.secret import Secret
from tests.site import Answer, Site, call_body

# An operator who allows bearer tokens: the weakest installation that there is.
LOOSE = """
apiVersion: remit/v1
kind: Policy
metadata: {name: bearers}
spec:
  cedar: |
    @id("bearers.all")
    permit (principal is Remit::Agent, action, resource);
"""
MORE = """
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: other}}
spec:
  protocol: http
  upstream: {{url: "{upstream}", allowPrivate: true}}
  tools: [{{name: look, risk: read, request: {{method: GET, path: /look}}}}]
---
apiVersion: remit/v1
kind: Remit
metadata: {{name: look-around}}
spec:
  agent: ada
  purpose: notes
  expiresAt: 2126-01-01T00:00:00Z
  authority: [{{server: other, tools: [{{name: look}}]}}]
"""


def on_a_site(tmp_path: Path, tale: Callable[[Site], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with Site(tmp_path / "home") as site:
            await site.apply(LOOSE)
            await tale(site)

    asyncio.run(whole())


async def present(
    site: Site,
    scheme: str,
    held: Secret[str],
    proofs: ProofMaker | None,
    path: str = "/tools/notes",
    nonce: str | None = None,
) -> Answer:
    """One call with this token under this scheme, with a fresh nonce if it is asked for."""
    headers = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "read_note"),
        ("authorization", f"{scheme} {held.open()}"),
    ]
    if proofs is not None:
        headers.append(("dpop", proofs.make("POST", site.url + path, nonce, held)))
    answer = await site.send("POST", path, headers, call_body("read_note", {"id": 1}))
    if nonce is None and "use_dpop_nonce" in answer.headers.get("www-authenticate", ""):
        fresh = answer.headers["dpop-nonce"]
        return await present(site, scheme, held, proofs, path, fresh)
    return answer


def test_a_token_is_good_for_its_key_its_scheme_and_its_audience_alone(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        assert site._upstream is not None
        await site.apply(site.manifest() + "---" + MORE.format(upstream=site._upstream.url))
        mine, theirs = site.proofs(), site.proofs()
        bound = await site.obtain_token(mine)
        loose = Secret((await site.ask_token(None)).json["access_token"])
        elsewhere = await site.obtain_token(mine, resource=site.url + "/tools/other")
        catalogue = await site.obtain_token(mine, resource=site.url + "/tools", remit="take-notes")
        attacks: Mapping[str, Answer] = {
            "a bound token as a bearer's": await present(site, "Bearer", bound, None),
            "a bound token as a bearer's with a proof": await present(site, "Bearer", bound, mine),
            "a bound token without a proof": await present(site, "DPoP", bound, None),
            "another's proof": await present(site, "DPoP", bound, theirs),
            "an unbound token as a bound one": await present(site, "DPoP", loose, mine),
            "another scheme": await present(site, "Basic", bound, mine),
            "two schemes": await present(site, "DPoP DPoP", bound, mine),
            "another audience": await present(site, "DPoP", elsewhere, mine),
            "the catalogue's": await present(site, "DPoP", catalogue, mine),
            "this one elsewhere": await present(site, "DPoP", bound, mine, "/tools/other"),
            "the platform's": await present(site, "Bearer", Secret(site.assertion()), None),
            "the platform's for here": await present(
                site, "Bearer", Secret(site.assertion(aud=site.notes)), None
            ),
        }
        assert {name: answer.status for name, answer in attacks.items()} == dict.fromkeys(
            attacks, 401
        )
        for answer in attacks.values():
            assert "resource_metadata" in answer.headers["www-authenticate"]
        assert site.mcp.called == []
        # And nobody gets one by showing one.
        for shown in (bound, loose):
            refused = await site.ask_token(None, shown.open())
            assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
        assert (await present(site, "DPoP", bound, mine)).status == 200

    on_a_site(tmp_path, tale)


async def transfer(site: Site) -> Answer:
    await site.apply("apiVersion: remit/v1\nkind: Human\nmetadata: {name: bert}\n")
    return await site.administer("/v1/agents/transfer", name="ada", owner="bert", reason="moved")


async def revise(site: Site) -> Answer:
    text = site.manifest().replace("atMost: 10", "atMost: 11")
    source = {"name": "site.yaml", "text": text}
    return await site.administer("/v1/manifest/apply", sources=[source])


ENDING: Mapping[str, Callable[[Site], Awaitable[Answer]]] = {
    "suspended": lambda site: site.administer("/v1/agents/suspend", name="ada", reason="odd"),
    "quarantined": lambda site: site.administer("/v1/agents/quarantine", name="ada", reason="odd"),
    "retired": lambda site: site.administer("/v1/agents/retire", name="ada", reason="odd"),
    "transferred": transfer,
    "remit suspended": lambda site: site.administer(
        "/v1/remits/suspend", name="take-notes", reason="odd"
    ),
    "remit stopped": lambda site: site.administer(
        "/v1/remits/stop", name="take-notes", reason="odd"
    ),
    "remit revised": revise,
    "tool server retired": lambda site: site.administer(
        "/v1/tools/retire", server="notes", reason="odd"
    ),
    "agent stopped": lambda site: site.administer(
        "/v1/stops/stop", kind="agent", name="ada", reason="odd"
    ),
    "everything stopped": lambda site: site.administer(
        "/v1/stops/stop", kind="everything", reason="odd"
    ),
}


@pytest.mark.parametrize("how", ENDING)
def test_what_has_ended_ends_every_token_and_stays_ended(tmp_path: Path, how: str) -> None:
    """Also bearer tokens, also after whatever was suspended goes on, also after a restart."""

    async def tale(site: Site) -> None:
        proofs = site.proofs()
        bound = await site.obtain_token(proofs)
        loose = Secret((await site.ask_token(None)).json["access_token"])
        assert (await present(site, "DPoP", bound, proofs)).status == 200
        assert (await present(site, "Bearer", loose, None)).status == 200
        called = len(site.mcp.called)
        assert (await ENDING[how](site)).status == 200
        await refused(site, bound, loose, proofs)
        for verb, name in (("agents/reinstate", "ada"), ("remits/reinstate", "take-notes")):
            await site.administer(f"/v1/{verb}", name=name, reason="well again")
        for stop in (await site.administer("/v1/stops/list")).json:
            lift = await site.administer("/v1/stops/lift", stop=stop["id"], reason="well again")
            assert lift.status == 200
        await refused(site, bound, loose, proofs)
        await site.stop()
        await site.start()
        await refused(site, bound, loose, proofs)
        assert len(site.mcp.called) == called

    on_a_site(tmp_path, tale)


async def refused(site: Site, bound: Secret[str], loose: Secret[str], proofs: ProofMaker) -> None:
    answers = [
        await present(site, "DPoP", bound, proofs),
        await present(site, "Bearer", loose, None),
    ]
    assert all(answer.status in (401, 404) for answer in answers), answers


def test_a_proof_and_its_nonce_do_not_outlive_the_process(tmp_path: Path) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        held = await site.obtain_token(proofs)
        nonce = (await site.call_once(proofs, held, "read_note", {}, None)).headers["dpop-nonce"]
        unused = proofs.make("POST", site.notes, nonce, held)
        await site.stop()
        await site.start()
        headers = [
            ("content-type", "application/json"),
            ("authorization", f"DPoP {held.open()}"),
            ("dpop", unused),
        ]
        answer = await site.send("POST", "/tools/notes", headers, b"{}")
        assert answer.status == 401
        assert "use_dpop_nonce" in answer.headers["www-authenticate"]

    on_a_site(tmp_path, tale)


def test_no_token_survives_a_stop_that_it_raced_with(tmp_path: Path) -> None:
    """Many ask while the stop is placed: when it has returned, whatever was minted is dead."""

    async def tale(site: Site) -> None:
        proofs = site.proofs()
        waiting = [asyncio.ensure_future(site.ask_token(None)) for _ in range(20)]
        waiting += [
            asyncio.ensure_future(site.ask_token(proofs.make("POST", site.url + "/token", None)))
            for _ in range(20)
        ]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        stopped = await site.administer("/v1/stops/stop", kind="agent", name="ada", reason="odd")
        assert stopped.status == 200
        answers = await asyncio.gather(*waiting)
        assert {answer.status for answer in answers} <= {200, 400}
        minted = [answer.json for answer in answers if answer.status == 200]
        assert minted
        for each in minted:
            held = Secret(each["access_token"])
            shown = proofs if each["token_type"] == "DPoP" else None
            answer = await present(site, each["token_type"], held, shown)
            assert answer.status == 401
        assert site.mcp.called == []

    on_a_site(tmp_path, tale)


def test_one_proof_is_good_for_one_call_however_many_race(
    tmp_path: Path,
) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        held = await site.obtain_token(proofs)
        nonce = (await site.call_once(proofs, held, "read_note", {}, None)).headers["dpop-nonce"]
        headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", "read_note"),
            ("authorization", f"DPoP {held.open()}"),
            ("dpop", proofs.make("POST", site.notes, nonce, held)),
        ]
        body = call_body("read_note", {"id": 1})
        answers = await asyncio.gather(
            *(site.send("POST", "/tools/notes", headers, body) for _ in range(12))
        )
        assert sorted(answer.status for answer in answers) == [200] + [401] * 11
        assert len(site.mcp.called) == 1

    on_a_site(tmp_path, tale)
