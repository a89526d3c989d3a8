"""The broker's answers on the wire; what they promise is told in tests/stories."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.site import Site

FORM = ("content-type", "application/x-www-form-urlencoded")
Tell = Callable[[Callable[[Site], Awaitable[None]]], None]


@pytest.fixture
def tell(tmp_path: Path) -> Tell:
    def run(tale: Callable[[Site], Awaitable[None]]) -> None:
        async def whole() -> None:
            async with Site(tmp_path / "home") as site:
                await tale(site)

        asyncio.run(whole())

    return run


def test_the_metadata_is_where_rfc_8414_has_it_and_leads_to_what_answers(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        answer = await site.send("GET", "/.well-known/oauth-authorization-server", [])
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        said = answer.json
        assert said["issuer"] == site.url
        assert said["token_endpoint"] == site.url + "/token"
        assert "none" not in said["dpop_signing_alg_values_supported"]
        keys = await site.send("GET", said["jwks_uri"].removeprefix(site.url), [])
        assert keys.headers["content-type"] == "application/jwk-set+json"
        assert keys.json["keys"]

    tell(tale)


def test_only_the_public_halves_of_keys_are_published(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        for key in (await site.send("GET", "/jwks", [])).json["keys"]:
            assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & set(key)

    tell(tale)


def test_a_resource_names_its_issuer(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        path = "/.well-known/oauth-protected-resource/tools/notes"
        said = (await site.send("GET", path, [])).json
        assert said["resource"] == site.notes
        assert said["authorization_servers"] == [site.url]

    tell(tale)


@pytest.mark.parametrize("path", ["/tools/nothing", "/nothing", "/tools/notes/x", "/", "/tools/"])
def test_a_resource_that_is_not_there_has_no_metadata(tell: Tell, path: str) -> None:
    async def tale(site: Site) -> None:
        answer = await site.send("GET", "/.well-known/oauth-protected-resource" + path, [])
        assert 400 <= answer.status < 500
        assert "server" not in answer.headers

    tell(tale)


def test_a_granted_token_comes_with_its_words_and_the_next_nonce(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        proofs = site.proofs()
        answer = await site.ask_token(proofs.make("POST", site.url + "/token", None))
        assert answer.status == 200
        assert set(answer.json) == {
            "access_token", "token_type", "expires_in", "resource", "remit",
        }  # fmt: skip
        assert answer.json["remit"].startswith("rmt_")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["dpop-nonce"]

    tell(tale)


@pytest.mark.parametrize(
    ("headers", "body", "error"),
    [
        ([], b"grant_type=x", "invalid_request"),
        ([FORM], b"", "invalid_request"),
        ([FORM], b"grant_type=a&grant_type=b", "invalid_request"),
        ([FORM], b"grant_type=password", "unsupported_grant_type"),
        ([("content-type", "application/json")], b"{}", "invalid_request"),
    ],
)
def test_each_refusal_is_an_oauth_error_with_a_nonce(
    tell: Tell, headers: list[tuple[str, str]], body: bytes, error: str
) -> None:
    async def tale(site: Site) -> None:
        answer = await site.send("POST", "/token", headers, body)
        assert answer.status == 400
        assert answer.json["error"] == error
        assert answer.headers["dpop-nonce"]
        assert answer.headers["cache-control"] == "no-store"

    tell(tale)


def test_a_form_that_is_too_large_is_refused_unread(tell: Tell) -> None:
    async def tale(site: Site) -> None:
        answer = await site.send("POST", "/token", [FORM], b"a" * ((64 << 10) + 1))
        assert answer.status == 413

    tell(tale)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/token", 405),
        ("POST", "/jwks", 405),
        ("GET", "/authorize", 404),
        ("GET", "/", 404),
        ("GET", "/v1/status", 404),
        ("POST", "/v1/agents/list", 404),
        ("GET", "/metrics", 404),
    ],
)
def test_nothing_else_is_answered(tell: Tell, method: str, path: str, status: int) -> None:
    async def tale(site: Site) -> None:
        assert (await site.send(method, path, [])).status == status

    tell(tale)
