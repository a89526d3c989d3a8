"""A plain HTTP API behind Remit, driven by a plain HTTP client: what is allowed is as it would be
without Remit, and nothing else exists."""

import asyncio
from typing import Any

import httpx2
import pytest

from remit.cli.demonstration.site import DemoSite
from tests.endtoend import ways

REMIT = "support-desk"


async def ask(
    site: DemoSite, method: str, path: str, headers: dict[str, str] | None = None, **sent: Any
) -> httpx2.Response:
    async with ways.http_through_proxy(site, "crm", REMIT) as http:
        # The path is sent as it stands here, but for `..`, which the client itself resolves.
        url = http.base_url.copy_with(raw_path=b"/tools/crm" + path.encode())
        return await http.request(method, url, headers=headers, **sent)


def ask_directly(site: DemoSite, path: str) -> Any:
    key = {"X-Api-Key": site.keys["CRM_API_KEY"]}
    return httpx2.get(site.places.local("CRM") + path, headers=key, trust_env=False).json()


def test_an_allowed_request_is_answered_as_the_api_answers(site: DemoSite) -> None:
    answer = asyncio.run(ask(site, "GET", "/v1/customers/c-100"))
    assert answer.status_code == 200
    assert answer.json() == ask_directly(site, "/v1/customers/c-100")
    assert answer.headers["content-type"] == "application/json"
    assert "server" not in answer.headers


def test_an_allowed_change_takes_effect_once(site: DemoSite) -> None:
    before = ask_directly(site, "/v1/customers/c-200")["credit"]
    answer = asyncio.run(ask(site, "POST", "/v1/customers/c-200/credits", json={"amount": 700}))
    assert answer.status_code == 201
    assert ask_directly(site, "/v1/customers/c-200")["credit"] == before + 700


def test_an_error_of_the_api_is_its_own(site: DemoSite) -> None:
    answer = asyncio.run(ask(site, "GET", "/v1/customers/c-999"))
    assert (answer.status_code, answer.json()) == (404, {"error": "unknown"})


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        # Tools that the API has, and the manifest does not list.
        ("GET", "/v1/customers", {}),
        ("DELETE", "/v1/customers/c-100", {}),
        ("PUT", "/v1/customers/c-100", {"json": {"name": "x"}}),
        # A policy's limit, and the schema's.
        ("POST", "/v1/customers/c-100/credits", {"json": {"amount": 5001}}),
        ("POST", "/v1/customers/c-100/credits", {"json": {"amount": 0}}),
        ("POST", "/v1/customers/c-100/credits", {"json": {"amount": "7"}}),
        ("POST", "/v1/customers/c-100/credits", {"json": {"amount": 7, "to": "eve"}}),
        ("POST", "/v1/customers/c-100/credits", {"content": b'{"amount":7,"amount":9999}'}),
        ("POST", "/v1/customers/c-100/credits", {"content": b"amount=7"}),
        ("POST", "/v1/customers/c-100/credits", {}),
        # Paths that two parsers could read in two ways.
        ("GET", "/v1/customers/c-100/", {}),
        ("GET", "/v1//customers/c-100", {}),
        ("GET", "/v1/customers/%2e%2e/c-100", {}),
        ("GET", "/v1/customers/c-100%2fcredits", {}),
        ("GET", "/v1/customers/c-100%00", {}),
        ("GET", "/v1/customers/c-100;x=1", {}),
        ("GET", "/v1/customers/C-100", {}),
        ("GET", "/V1/customers/c-100", {}),
        # A query that the tool does not take.
        ("GET", "/v1/customers/c-100?plan=x", {}),
    ],
)
def test_what_is_not_listed_or_not_allowed_has_no_effect(
    site: DemoSite, method: str, path: str, sent: dict[str, Any]
) -> None:
    before = ask_directly(site, "/v1/customers")
    answer = asyncio.run(ask(site, method, path, **sent))
    assert 400 <= answer.status_code < 500
    assert "Blue Harbor" not in answer.text
    assert ask_directly(site, "/v1/customers") == before


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": "guessed"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
        {"Cookie": "session=1"},
    ],
)
def test_headers_of_the_callers_own_change_nothing(site: DemoSite, headers: dict[str, str]) -> None:
    answer = asyncio.run(ask(site, "GET", "/v1/customers/c-100", headers))
    assert answer.status_code == 200
    assert answer.json() == ask_directly(site, "/v1/customers/c-100")
