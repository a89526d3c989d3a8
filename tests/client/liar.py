"""A Remit that says what a test tells it to, and the agent's side of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs

from remit.client.exchange import Exchanges, Site
from remit.client.proofs import ProofMaker
from remit.client.remote import RemoteServer, ServerAddress
from remit.client.tokens import Tokens
from remit.jose.keys import SigningKey
from remit.kernel.secret import Secret
from remit.mcp.build import Implementation
from remit.outbound.door import Door
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.testing.upstream import FakeAnswer, FakeUpstream, ReceivedRequest

KEY = SigningKey.generate()
ASSERTION = "platform.assertion.1"
METADATA = "/.well-known/oauth-authorization-server"
TOOLS: list[dict[str, Any]] = [
    {"name": "read_note", "inputSchema": {"type": "object"}},
    {
        "name": "write_note",
        "inputSchema": {
            "type": "object",
            "properties": {"text": {"type": "string", "x-mcp-header": "Text"}},
        },
    },
]

Answer = Callable[[ReceivedRequest], FakeAnswer]


def answer(content: object, status: int = 200, **headers: str) -> FakeAnswer:
    more = [(name.replace("_", "-").encode(), said.encode()) for name, said in headers.items()]
    return FakeAnswer(
        status, ((b"content-type", b"application/json"), *more), json.dumps(content).encode()
    )


def rpc(request: ReceivedRequest, **members: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": json.loads(request.body)["id"], **members}


def text(said: str) -> dict[str, object]:
    return {"content": [{"type": "text", "text": said}], "resultType": "complete"}


def wrong_nonce(nonce: str = "n-2") -> FakeAnswer:
    challenge = 'DPoP error="use_dpop_nonce"'
    return answer({}, 401, www_authenticate=challenge, dpop_nonce=nonce)


def invalid_token() -> FakeAnswer:
    return answer({}, 401, www_authenticate='DPoP error="invalid_token"')


@dataclass(slots=True)
class CountedAssertion:
    """Says the same assertion, and counts how often it was asked."""

    asked: int = 0

    async def read(self) -> Secret[str]:
        self.asked += 1
        return Secret(ASSERTION)


@dataclass(slots=True)
class Liar:
    """Answers as Remit does, but for what `instead` holds by path: one answer a request."""

    instead: dict[str, list[Answer | FakeAnswer]] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=lambda: list(TOOLS))
    clock: FakeClock = field(default_factory=FakeClock)
    assertion: CountedAssertion = field(default_factory=CountedAssertion)
    door: Door = field(default_factory=Door)
    issued: int = 0
    life: object = 300
    upstream: FakeUpstream = field(init=False)
    exchanges: Exchanges = field(init=False)
    tokens: Tokens = field(init=False)

    def __post_init__(self) -> None:
        self.upstream = FakeUpstream(self.answer)

    @property
    def url(self) -> str:
        return self.upstream.url

    async def __aenter__(self) -> Self:
        await self.upstream.__aenter__()
        self.exchanges = Exchanges(
            Site(self.url), self.door, ProofMaker(KEY, self.clock, FakeEntropy())
        )
        self.tokens = self.tokens_of(None)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.door.close()
        await self.upstream.__aexit__(*error)
        await asyncio.sleep(0)

    def tokens_of(self, remit: str | None) -> Tokens:
        return Tokens(self.exchanges, self.door, self.assertion, remit, self.clock)

    def remote(self, name: str = "notes") -> RemoteServer:
        address = ServerAddress(name, f"{self.url}/tools/{name}")
        return RemoteServer(address, self.exchanges, self.tokens, Implementation("test", "1"))

    def sent(self, path: str) -> list[ReceivedRequest]:
        return [each for each in self.upstream.requests if each.target == path]

    def calls(self, name: str = "notes") -> list[ReceivedRequest]:
        return [each for each in self.sent(f"/tools/{name}") if b'"tools/call"' in each.body]

    def form(self, at: int = -1) -> Mapping[str, list[str]]:
        return parse_qs(self.sent("/token")[at].body.decode())

    def answer(self, request: ReceivedRequest) -> FakeAnswer:
        waiting = self.instead.get(request.target)
        if waiting:
            said = waiting.pop(0)
            return said if isinstance(said, FakeAnswer) else said(request)
        if request.target == METADATA:
            return answer({"issuer": self.url, "token_endpoint": self.url + "/token"})
        if request.target == "/token":
            self.issued += 1
            life = self.life
            return answer(
                {"access_token": f"at-{self.issued}", "token_type": "DPoP", "expires_in": life}
            )
        if request.target == "/tools":
            named = [{"name": "notes", "resource": self.url + "/tools/notes"}]
            return answer({"tool_servers": named})
        if json.loads(request.body)["method"] == "tools/list":
            return answer(rpc(request, result={"tools": self.tools}))
        return answer(rpc(request, result=text("ok")))


def lie(tale: Callable[[Liar], Awaitable[None]], **made: Any) -> None:
    """Tell a tale to a liar."""

    async def whole() -> None:
        async with Liar(**made) as liar:
            await tale(liar)

    asyncio.run(whole())
