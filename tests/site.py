"""A whole Remit in the test's own process: real state, real sockets, a tool server.

The platform is an issuer with inline keys, so that tests can say anything in its name.
"""

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from remit.app.initialise import FirstSettings, initialise
from remit.app.server import Server
from remit.client.exchange import Exchanges
from remit.client.exchange import Site as RemoteSite
from remit.client.proofs import ProofMaker
from remit.client.remote import RemoteServer, ServerAddress
from remit.client.tokens import Tokens
from remit.jose.jws import sign_jwt
from remit.jose.keys import SigningKey
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.clock import Clock, SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.secret import Secret
from remit.mcp.build import Implementation
from remit.outbound.addresses import Reach
from remit.outbound.destination import parse_url
from remit.outbound.door import Door
from remit.outbound.message import Limits, OutboundRequest
from remit.telemetry.logs import Log
from remit.testing.mcp_upstream import FakeMCP
from remit.testing.upstream import FakeUpstream

ISSUER = "https://platform.example"
CREDENTIAL = "upstream-credential-0123456789"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOOLS: list[Json] = [
    {"name": name, "description": name, "inputSchema": schema}
    for name, schema in (
        ("read_note", {"type": "object", "properties": {"id": {"type": "integer"}}}),
        (
            "write_note",
            {
                "type": "object",
                "properties": {"text": {"type": "string"}, "size": {"type": "integer"}},
                "required": ["text"],
            },
        ),
        ("purge_notes", {"type": "object", "properties": {}}),
    )
]

MANIFEST = """
apiVersion: remit/v1
kind: TrustIssuer
metadata: {{name: platform}}
spec: {{issuer: "{issuer}", jwks: '{jwks}', algorithms: [ES256], maxLifetimeSeconds: 600}}
---
apiVersion: remit/v1
kind: Secret
metadata: {{name: notes-key}}
spec: {{from: {{environment: NOTES_KEY}}}}
---
apiVersion: remit/v1
kind: ToolServer
metadata: {{name: notes}}
spec:
  protocol: mcp
  upstream: {{url: "{upstream}/mcp", allowPrivate: true}}
  credential: {{secret: notes-key, prefix: "Bearer "}}
  tools:
    - {{name: read_note, risk: read}}
    - {{name: write_note, risk: write}}
    - {{name: purge_notes, risk: admin}}
---
apiVersion: remit/v1
kind: Agent
metadata: {{name: ada}}
spec:
  owner: alice
  system: tests
  purposes: [notes]
  environment: test
  identities: [{{name: ada-platform, issuer: platform, claims: {{sub: "workload:ada"}}}}]
---
apiVersion: remit/v1
kind: Agent
metadata: {{name: bob}}
spec:
  owner: alice
  system: tests
  purposes: [notes]
  environment: test
  identities: [{{name: bob-platform, issuer: platform, claims: {{sub: "workload:bob"}}}}]
---
apiVersion: remit/v1
kind: Remit
metadata: {{name: take-notes}}
spec:
  agent: ada
  purpose: notes
  expiresAt: 2126-01-01T00:00:00Z
  authority:
    - server: notes
      tools:
        - name: read_note
        - {{name: write_note, constraints: [{{argument: size, atMost: 10}}]}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Site:
    """A running installation in `home`; `async with` starts and stops it."""

    home: Path
    clock: Clock = field(default_factory=SystemClock)
    mcp: FakeMCP = field(default_factory=lambda: FakeMCP(TOOLS))
    platform: SigningKey = field(default_factory=SigningKey.generate)
    port: int = 0
    door: Door = field(default_factory=Door)
    _server: Server | None = None
    _upstream: FakeUpstream | None = None
    _drawn: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def notes(self) -> str:
        """The audience of the one tool server."""
        return self.url + "/tools/notes"

    @property
    def parts(self) -> Any:
        """The running parts, for what no client can see."""
        assert self._server is not None
        return self._server._running

    async def __aenter__(self) -> Self:
        self._upstream = FakeUpstream(self.mcp.answer)
        await self._upstream.__aenter__()
        self.port, operations = free_port(), free_port()
        first = FirstSettings(self.url, "127.0.0.1", self.port, operations, 0, "alice")
        await initialise(self.home, first, self.clock, SystemEntropy())
        await self.start()
        await self.apply(self.manifest())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.door.close()
        if self._server is not None:
            await self.stop()
        assert self._upstream is not None
        await self._upstream.__aexit__(kind, error, trace)
        await asyncio.sleep(0)

    async def start(self) -> None:
        self._server = Server(self.home, self.clock, SystemEntropy(), Log())
        await self._server.start()

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()
        self._server = None

    def manifest(self) -> str:
        assert self._upstream is not None
        jwks = canonicalize({"keys": [dict(self.platform.public.to_jwk())]}).decode()
        return MANIFEST.format(issuer=ISSUER, jwks=jwks, upstream=self._upstream.url)

    async def apply(self, text: str, *, dry_run: bool = False) -> Any:
        """Apply a manifest as alice does, over the socket."""
        source = {"name": "test.yaml", "text": text}
        values = {"notes-key": CREDENTIAL}
        answer = await self.administer(
            "/v1/manifest/apply", sources=[source], values=values, dry_run=dry_run
        )
        assert answer.status == 200, answer.body
        return answer.json

    async def administer(self, action: str, **asked: Any) -> Answer:
        """One action over the unix socket."""
        reader, writer = await asyncio.open_unix_connection(str(self.home / "admin.sock"))
        body = json.dumps(asked).encode()
        head = f"POST {action} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        writer.write(
            f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body
        )
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
        return parse_answer(received)

    def assertion(self, **claims: Json) -> str:
        """What the platform says of a workload; `claims` override, None leaves out."""
        self._drawn += 1
        now = int(self.clock.now().timestamp())
        said: dict[str, Json] = {
            "iss": ISSUER,
            "sub": "workload:ada",
            "aud": self.url,
            "iat": now,
            "exp": now + 300,
            "jti": f"assertion-{id(self)}-{self._drawn}",
            **claims,
        }
        kept = {name: value for name, value in said.items() if value is not None}
        return sign_jwt(kept, typ="JWT", key=self.platform)

    def proofs(self, key: SigningKey | None = None) -> ProofMaker:
        return ProofMaker(key or SigningKey.generate(), self.clock, SystemEntropy())

    async def ask_token(
        self, proof: str | None, assertion: str | None = None, **form: str
    ) -> Answer:
        """One request at the token endpoint, as it is given."""
        asked = {
            "grant_type": JWT_BEARER,
            "assertion": assertion or self.assertion(),
            "resource": self.notes,
            **form,
        }
        headers = [("content-type", "application/x-www-form-urlencoded")]
        if proof is not None:
            headers.append(("dpop", proof))
        return await self.send("POST", "/token", headers, urlencode(asked).encode())

    async def obtain_token(self, proofs: ProofMaker, **form: str) -> Secret[str]:
        """A token, which must be granted."""
        answer = await self.ask_token(proofs.make("POST", self.url + "/token", None), **form)
        assert answer.status == 200, answer.body
        return Secret(answer.json["access_token"])

    async def call(
        self,
        proofs: ProofMaker,
        token: Secret[str],
        tool: str,
        arguments: Mapping[str, Json],
    ) -> Answer:
        """One tools/call, with the nonce that the server asks for."""
        answer = await self.call_once(proofs, token, tool, arguments, None)
        nonce = answer.headers.get("dpop-nonce")
        if answer.status == 401 and "use_dpop_nonce" in answer.headers["www-authenticate"]:
            return await self.call_once(proofs, token, tool, arguments, nonce)
        return answer

    async def call_once(
        self,
        proofs: ProofMaker,
        token: Secret[str],
        tool: str,
        arguments: Mapping[str, Json],
        nonce: str | None,
    ) -> Answer:
        proof = proofs.make("POST", self.notes, nonce, token)
        headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"),
            ("mcp-name", tool),
            ("authorization", f"DPoP {token.open()}"),
            ("dpop", proof),
        ]
        return await self.send("POST", "/tools/notes", headers, call_body(tool, arguments))

    def remote(self, proofs: ProofMaker, assertion: Any) -> RemoteServer:
        """The notes as the agent's side of Remit calls them."""
        exchanges = Exchanges(RemoteSite(self.url), self.door, proofs)
        tokens = Tokens(exchanges, self.door, assertion, None, self.clock)
        address = ServerAddress("notes", self.notes)
        return RemoteServer(address, exchanges, tokens, Implementation("test", "1"))

    async def send(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        destination, target = parse_url(self.url + path, reach=Reach(private=True))
        sent = tuple((name.encode(), value.encode()) for name, value in headers)
        request = OutboundRequest(method.encode(), target, sent, body)
        async with await self.door.send(destination, request, Limits(), partition="t") as response:
            content = await response.read(1 << 20)
            got = {name.decode(): value.decode() for name, value in response.headers}
            return Answer(response.status, got, content)


def call_body(tool: str, arguments: Mapping[str, Json]) -> bytes:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params: Json = {"name": tool, "arguments": dict(arguments), "_meta": meta}
    return canonicalize({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})


def parse_answer(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    pairs = (line.partition(": ") for line in lines[1:])
    return Answer(int(lines[0].split()[1]), {name.lower(): value for name, _, value in pairs}, body)


def free_port() -> int:
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])
