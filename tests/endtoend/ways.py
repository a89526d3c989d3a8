"""The ways to a tool server: directly, through Remit's proxy, and through `remit connect`.

The client is the official SDK's in each of them; what it gets is told in one form, to be compared.
"""

import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio
import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from remit.cli.demonstration.site import DemoSite, remit_command
from remit.client.assertion import CommandAssertion
from remit.client.exchange import Exchanges, Site
from remit.client.proofs import ProofMaker
from remit.client.tokens import Tokens
from remit.jose.keys import SigningKey
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.secret import Secret
from remit.outbound.door import Door

Call: TypeAlias = tuple[str, Mapping[str, Any]]
Opened: TypeAlias = AbstractAsyncContextManager[Client]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call came to: a result, or an error."""

    content: Any = None
    structured: Any = None
    is_error: bool = False
    failed: str | None = None
    progress: Sequence[tuple[float, float | None, str | None]] = field(default=())


@dataclass(frozen=True, slots=True)
class Told:
    """What a server says of its tools, and what came of each call."""

    tools: Mapping[str, Any]
    outcomes: Mapping[str, Outcome]


async def tell(opened: Opened, calls: Mapping[str, Call]) -> Told:
    """List all tools and make all calls, one after another."""
    async with opened as client:
        listed = (await client.list_tools()).tools
        tools = {tool.name: tool.model_dump(mode="json", by_alias=True) for tool in listed}
        outcomes = {name: await call(client, *asked) for name, asked in calls.items()}
    return Told(tools, outcomes)


async def call(client: Client, tool: str, arguments: Mapping[str, Any]) -> Outcome:
    heard: list[tuple[float, float | None, str | None]] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    try:
        result = await client.call_tool(tool, dict(arguments), progress_callback=progressed)
    except MCPError as problem:
        return Outcome(failed=f"{problem.error.code} {problem.error.message}")
    # The SDK runs callbacks as tasks of their own: the result may overtake what was said before it.
    await anyio.wait_all_tasks_blocked()
    said = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Outcome(
        content=said["content"],
        structured=said.get("structuredContent"),
        is_error=result.is_error,
        progress=tuple(heard),
    )


@asynccontextmanager
async def directly(url: str, **options: Any) -> AsyncIterator[Client]:
    async with Client(url, mode="auto", **options) as client:
        yield client


@asynccontextmanager
async def through_proxy(
    site: DemoSite, server: str, remit: str, **options: Any
) -> AsyncIterator[Client]:
    """The SDK's own transport, with proofs added to its requests."""
    async with (
        http_through_proxy(site, server, remit) as http,
        Client(
            streamable_http_client(f"{site.places.url}/tools/{server}", http_client=http),
            mode="auto",
            **options,
        ) as client,
    ):
        yield client


@asynccontextmanager
async def http_through_proxy(
    site: DemoSite, server: str, remit: str
) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client with a token for one tool server, and proofs of its key."""
    url = f"{site.places.url}/tools/{server}"
    clock, entropy, door = SystemClock(), SystemEntropy(), Door()
    try:
        proofs = ProofMaker(SigningKey.generate(), clock, entropy)
        exchanges = Exchanges(Site(site.places.url), door, proofs)
        identity = CommandAssertion(identity_command(site))
        token = await Tokens(exchanges, door, identity, remit, clock).obtain(url)
    finally:
        await door.close()
    auth = ProofOfPossession(proofs, token)
    async with httpx2.AsyncClient(auth=auth, trust_env=False, timeout=30, base_url=url) as http:
        yield http


@asynccontextmanager
async def through_connect(site: DemoSite, remit: str, mode: str) -> AsyncIterator[Client]:
    command, *arguments = (*site.connect(), "--remit", remit)
    assert command == remit_command()
    server = StdioServerParameters(
        command=command, args=arguments, env={**os.environ, **site.workload}
    )
    async with Client(stdio_client(server), mode=mode) as client:
        yield client


def identity_command(site: DemoSite) -> Sequence[str]:
    """The demonstration's identity program, which has its words from its environment."""
    words = [f"{name}={value}" for name, value in site.workload.items()]
    return ["env", *words, sys.executable, str(site.places.example / "identity.py")]


class ProofOfPossession(httpx2.Auth):
    """DPoP for httpx2: a proof for each request, and the nonce dance of RFC 9449 section 9."""

    def __init__(self, proofs: ProofMaker, token: Secret[str]) -> None:
        self._proofs = proofs
        self._token = token
        self._nonce: str | None = None

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        response = yield self._prove(request)
        if response.status_code == 401 and "use_dpop_nonce" in response.headers["www-authenticate"]:
            self._nonce = response.headers["dpop-nonce"]
            yield self._prove(request)

    def _prove(self, request: httpx2.Request) -> httpx2.Request:
        # RFC 9449 section 4.2: htu has neither query nor fragment.
        url = str(request.url.copy_with(query=None))
        proof = self._proofs.make(request.method, url, self._nonce, self._token)
        request.headers["authorization"] = f"DPoP {self._token.open()}"
        request.headers["dpop"] = proof
        return request
