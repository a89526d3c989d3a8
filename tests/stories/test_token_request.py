"""Story 1 as days at work and as attacks, against a whole server on real sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import jwt
import pytest

from remit.kernel.canonical import Json
from tests.site import Site

Tale = Callable[[Site], Awaitable[None]]


@pytest.fixture
def tell(tmp_path: Path) -> Callable[[Tale], None]:
    """Runs a tale on a site of its own."""

    def run(tale: Tale) -> None:
        async def whole() -> None:
            async with Site(tmp_path / "home") as site:
                await tale(site)

        asyncio.run(whole())

    return run


Tell = Callable[[Tale], None]


async def records(site: Site, kind: str) -> list[dict[str, object]]:
    answer = await site.administer("/v1/audit/tail", count=100, type=kind)
    found: list[dict[str, object]] = answer.json
    return found


def test_an_agent_gets_a_short_bound_token_for_one_audience(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        answer = await site.ask_token(proofs.make("POST", site.url + "/token", None))
        assert answer.status == 200
        assert answer.json["token_type"] == "DPoP"
        assert 0 < answer.json["expires_in"] <= 600
        assert answer.headers["cache-control"] == "no-store"
        assert "refresh_token" not in answer.json
        claims = await verified_by_another_implementation(site, answer.json["access_token"])
        assert claims["aud"] == site.notes
        assert claims["iss"] == site.url
        assert claims["cnf"]["jkt"]
        (record,) = await records(site, "token.issued")
        assert record["token"] == claims["jti"]
        assert record["jkt"] == claims["cnf"]["jkt"]

    tell(tale)


async def verified_by_another_implementation(site: Site, compact: str) -> dict[str, object]:
    keys = (await site.send("GET", "/jwks", [])).json["keys"]
    header = jwt.get_unverified_header(compact)
    assert header["typ"] == "at+jwt"
    (key,) = [key for key in keys if key["kid"] == header["kid"]]
    assert "d" not in key
    claims: dict[str, object] = jwt.decode(
        compact, jwt.PyJWK(key), algorithms=["ES256"], audience=site.notes, issuer=site.url
    )
    return claims


def test_an_assertion_is_good_for_one_token(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        assertion, proofs = site.assertion(), site.proofs()
        endpoint = site.url + "/token"
        first = await site.ask_token(proofs.make("POST", endpoint, None), assertion)
        again = await site.ask_token(proofs.make("POST", endpoint, None), assertion)
        assert (first.status, again.status) == (200, 400)
        assert again.json["error"] == "invalid_grant"
        assert len(await records(site, "token.issued")) == 1

    tell(tale)


def test_one_assertion_and_many_presenters_have_one_winner(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        assertion, endpoint = site.assertion(), site.url + "/token"
        answers = await asyncio.gather(
            *(
                site.ask_token(site.proofs().make("POST", endpoint, None), assertion)
                for _ in range(40)
            )
        )
        assert sorted(answer.status for answer in answers).count(200) == 1

    tell(tale)


def test_a_proof_that_was_accepted_is_refused_even_after_a_restart(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proof = site.proofs().make("POST", site.url + "/token", None)
        assert (await site.ask_token(proof)).status == 200
        for _ in range(2):
            answer = await site.ask_token(proof)
            assert (answer.status, answer.json["error"]) == (400, "invalid_dpop_proof")
            await site.stop()
            await site.start()

    tell(tale)


def test_a_token_bound_to_nothing_is_issued_only_where_a_policy_says_so(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        refused = await site.ask_token(None)
        assert (refused.status, refused.json["error"]) == (400, "invalid_dpop_proof")
        await site.apply(BEARERS)
        granted = await site.ask_token(None)
        assert (granted.status, granted.json["token_type"]) == (200, "Bearer")

    tell(tale)


BEARERS = """
apiVersion: remit/v1
kind: Policy
metadata: {name: bearers}
spec:
  cedar: |
    @id("bearers.mint")
    permit (principal == Remit::Agent::"ada", action == Remit::Action::"mint", resource);
"""


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": ["https://elsewhere.example"]},
        {"sub": "workload:mallory"},
        {"sub": None},
        {"iss": "https://other.example"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 4102444800},
        {"jti": None},
        {"exp": 4102444800},
    ],
)
def test_a_bad_assertion_is_refused_without_a_reason(tell: Tell, claims: dict[str, Json]) -> None:
    async def tale(site: Site) -> None:
        proof = site.proofs().make("POST", site.url + "/token", None)
        answer = await site.ask_token(proof, site.assertion(**claims))
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
        assert set(answer.json) == {"error", "error_description"}
        assert await records(site, "token.issued") == []

    tell(tale)


@pytest.mark.parametrize(
    ("kind", "name"), [("agent", "ada"), ("remit", "take-notes"), ("everything", None)]
)
def test_no_token_comes_after_a_stop_until_it_is_lifted(
    tell: Tell, kind: str, name: str | None
) -> None:
    async def tale(site: Site) -> None:
        stop = {"kind": kind, "reason": "test"} | ({} if name is None else {"name": name})
        placed = await site.administer("/v1/stops/stop", **stop)
        assert placed.status == 200
        refused = await site.ask_token(site.proofs().make("POST", site.url + "/token", None))
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
        (record,) = await records(site, "token.refused")
        assert refused.json["event"] == record["event"]
        await site.administer("/v1/stops/lift", stop=placed.json["id"], reason="test")
        await site.obtain_token(site.proofs())

    tell(tale)


def test_no_token_is_minted_after_an_acknowledged_stop_however_they_race(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        endpoint = site.url + "/token"
        acknowledged = asyncio.Event()
        late: list[bool] = []

        async def mint() -> None:
            while not acknowledged.is_set():
                begun_after = acknowledged.is_set()
                answer = await site.ask_token(site.proofs().make("POST", endpoint, None))
                late.append(begun_after and answer.status == 200)

        minting = [asyncio.create_task(mint()) for _ in range(8)]
        await asyncio.sleep(0.1)
        placed = await site.administer(
            "/v1/stops/stop", kind="remit", name="take-notes", reason="race"
        )
        acknowledged.set()
        await asyncio.gather(*minting)
        assert placed.status == 200
        issued = await records(site, "token.issued")
        (stopped,) = await records(site, "stop.placed")
        assert not any(late)
        assert all(int(str(r["index"])) < int(str(stopped["index"])) for r in issued)

    tell(tale)


def test_what_the_remit_does_not_reach_reads_like_what_is_not_there(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        endpoint = site.url + "/token"
        for resource in (site.url + "/tools/nowhere", site.notes + "/", site.url, "urn:x"):
            proof = site.proofs().make("POST", endpoint, None)
            answer = await site.ask_token(proof, resource=resource)
            assert (answer.status, answer.json["error"]) == (400, "invalid_target")
        proof = site.proofs().make("POST", endpoint, None)
        bob = await site.ask_token(proof, site.assertion(sub="workload:bob"))
        assert (bob.status, bob.json["error"]) == (400, "invalid_target")

    tell(tale)


def test_another_agents_remit_cannot_be_named(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proof = site.proofs().make("POST", site.url + "/token", None)
        answer = await site.ask_token(proof, site.assertion(sub="workload:bob"), remit="take-notes")
        assert answer.status == 400

    tell(tale)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_request"),
        (b"grant_type=password", "unsupported_grant_type"),
        (b"grant_type=a&grant_type=b", "invalid_request"),
        (b"%zz=1", "invalid_request"),
        (b"{}", "invalid_request"),
        (b"x" * 70_000, None),
    ],
)
def test_a_malformed_form_gets_the_standards_error(
    tell: Tell, body: bytes, error: str | None
) -> None:
    async def tale(site: Site) -> None:
        form = [("content-type", "application/x-www-form-urlencoded")]
        answer = await site.send("POST", "/token", form, body)
        assert answer.status == (400 if error else 413)
        assert b"Traceback" not in answer.body
        if error:
            assert answer.json["error"] == error

    tell(tale)


def test_refusals_of_nobody_are_counted_in_one_record(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        for _ in range(50):
            await site.ask_token(None, "not-a-jwt")
        await site.stop()
        await site.start()
        (record,) = await records(site, "refusals.aggregated")
        assert record["refusals"] == {"token invalid_grant": 50}

    tell(tale)


def test_a_server_without_its_log_gives_no_tokens(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        site.parts.journal.close()
        proof = site.proofs().make("POST", site.url + "/token", None)
        answer = await site.ask_token(proof)
        assert answer.status == 503
        assert "access_token" not in answer.json

    tell(tale)
