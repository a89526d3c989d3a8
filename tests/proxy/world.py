"""One small installation around the proxy: an agent, a remit, two tool servers, a real upstream."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from remit.audit.journal import AuditUnavailable, Receipt
from remit.audit.records import Record
from remit.audit.refusals import RefusalCounter
from remit.client.proofs import ProofMaker
from remit.identity.directory import Directory
from remit.identity.principals import Agent, AgentState
from remit.identity.proof.dpop import ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.identity.proof.replay import ReplayWindow
from remit.identity.tools import (
    HTTPBinding,
    HTTPParameter,
    Injection,
    ParameterIn,
    Protocol,
    RiskTier,
    Tool,
    ToolServer,
    Upstream,
)
from remit.jose.key_cache import KeyCache
from remit.jose.keys import SigningKey
from remit.kernel.canonical import Json, canonicalize, digest_bytes, parse_strict_object
from remit.kernel.ids import (
    ROOT_TENANT,
    AgentId,
    BindingId,
    EventId,
    HumanId,
    LogId,
    RemitId,
    SecretId,
    TokenId,
    ToolServerId,
)
from remit.kernel.secret import Secret
from remit.kernel.uri import IssuerURL
from remit.mcp.build import Implementation
from remit.outbound.door import Door
from remit.policy.decision import Allowed
from remit.policy.engine import PolicyEngine, PolicyFault, Possible
from remit.policy.permits import CallPermit, ReleasePermit
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.proxy.call import ToolProxy
from remit.proxy.caller import Callers
from remit.proxy.decide import Decisions
from remit.proxy.intent import Intents
from remit.proxy.limits import Concurrency, ProxyLimits
from remit.proxy.messages import BufferedBody, IncomingCall, Released
from remit.proxy.observation import Observer
from remit.proxy.own_answers import OwnAnswers
from remit.proxy.pins import Pins
from remit.proxy.refusals import Refusals
from remit.proxy.refusing import Refusing
from remit.proxy.release import Releases
from remit.proxy.routes import Routes
from remit.proxy.standing import Standings
from remit.proxy.upstream import UpstreamCalls
from remit.remits.remit import AuthorityEntry, Remit, RemitState
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.testing.clock import START, FakeClock
from remit.testing.entropy import FakeEntropy
from remit.testing.mcp_upstream import FakeMCP
from remit.testing.upstream import Answering, FakeAnswer, FakeUpstream, ReceivedRequest
from remit.tokens.access_token import AccessTokenIssuer
from remit.tokens.claims import AccessTokenClaims
from remit.tokens.keys import KeySlots, TokenClass, TokenKeys
from remit.tokens.verification import AccessTokenVerifier
from remit.vault.credential import Credential
from remit.vault.needles import needles_of

PUBLIC_URL = IssuerURL("http://127.0.0.1:8470")
SECRET = b"s3cr3t/of+the=upstream"
ADA = AgentId("agt_ada")
REMIT = RemitId("rmt_tickets")
MCP_SERVER = ToolServerId("tls_tickets")
HTTP_SERVER = ToolServerId("tls_orders")
HUMAN = HumanId("hum_alice")
REMIT_SELF = Implementation("remit", "0")

OBJECT: Mapping[str, Json] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "count": {"type": "integer"}},
}
DEFINITIONS: tuple[Mapping[str, Json], ...] = (
    {"name": "read_ticket", "description": "Read.", "inputSchema": OBJECT},
    {"name": "close_ticket", "description": "Close.", "inputSchema": OBJECT},
    {"name": "secret_tool", "description": "Not given.", "inputSchema": OBJECT},
)


class FakeJournal:
    """Keeps records in memory; can be told to fail."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.durable: list[Record] = []
        self.is_full = False

    @property
    def log(self) -> LogId:
        return LogId("log_1")

    def append(self, record: Record) -> Receipt:
        if self.is_full:
            raise AuditUnavailable("full")
        self.records.append(record)
        return Receipt(EventId(f"evt_{len(self.records)}"), self.log, None, durable=False)

    async def commit(self, record: Record, changes: Sequence[Any] = ()) -> Receipt:
        receipt = self.append(record)
        await asyncio.sleep(0)
        self.durable.append(record)
        return replace(receipt, index=len(self.records), durable=True)

    def tags(self) -> list[str]:
        return [str(record.__struct_config__.tag) for record in self.records]

    def find(self, tag: str) -> Any:
        """The last record of a type."""
        found = [r for r in self.records if str(r.__struct_config__.tag) == tag]
        assert found, f"no {tag} in {self.tags()}"
        return found[-1]


class FakeRemits:
    """Remits by id."""

    def __init__(self, *remits: Remit) -> None:
        self.by_id = {remit.id: remit for remit in remits}

    def find(self, tenant: str, remit: RemitId) -> Remit | None:
        return self.by_id.get(remit)


@dataclass
class FakePolicy:
    """An engine that allows everything, unless `denying` says otherwise."""

    denying: Callable[[CallRequest], None] = field(default=lambda request: None)
    asked: list[CallRequest] = field(default_factory=list)

    @property
    def engine(self) -> PolicyEngine:
        return self

    @property
    def bundle(self) -> str:
        return "sha256:bundle"

    def decide_call(self, request: CallRequest) -> Allowed:
        self.asked.append(request)
        self.denying(request)
        return Allowed(("pol_1",), self.bundle)

    def decide_mint(self, request: MintRequest) -> Allowed:
        return Allowed(("pol_1",), self.bundle)

    def could_permit(
        self, agent: Agent, remit: Remit, tool_server: ToolServer, tool: Tool, facts: Facts
    ) -> Possible:
        return Possible(Allowed(("pol_1",), self.bundle))

    def find_fault(self, tool_server: ToolServer, tool: Tool) -> tuple[PolicyFault, ...]:
        return ()


class FakeVault:
    """One secret for everything, in one header; `obtained` tells for what."""

    def __init__(self) -> None:
        self.obtained: list[CallPermit | ReleasePermit] = []

    def obtain(self, permit: CallPermit) -> Credential:
        self.obtained.append(permit)
        return credential()

    def obtain_for_observation(self, permit: ReleasePermit) -> Credential:
        self.obtained.append(permit)
        return credential()


def credential(value: bytes = SECRET) -> Credential:
    return Credential(
        "authorization",
        Secret(b"Bearer " + value),
        SecretId("sec_1"),
        7,
        Secret(needles_of(value)),
    )


def mcp_tool(definition: Mapping[str, Json], risk: RiskTier = RiskTier.READ) -> Tool:
    canonical = canonicalize(definition)
    name, schema = definition["name"], definition["inputSchema"]
    return Tool(
        str(name),
        risk,
        frozenset(),
        canonical,
        digest_bytes(canonical),
        canonicalize(schema).decode(),
    )


def http_tool(
    name: str,
    method: str,
    template: str,
    *parameters: tuple[str, str, str],
    risk: RiskTier = RiskTier.READ,
) -> Tool:
    made = tuple(
        HTTPParameter(each, ParameterIn(place), True, f'{{"type":"{kind}"}}')
        for each, place, kind in parameters
    )
    schema: Mapping[str, Json] = {
        "type": "object",
        "properties": {each: {"type": kind} for each, _, kind in parameters},
    }
    definition = canonicalize({"name": name, "description": name, "inputSchema": schema})
    return Tool(
        name,
        risk,
        frozenset(),
        definition,
        digest_bytes(definition),
        canonicalize(schema).decode(),
        HTTPBinding(method, template, made),
    )


HTTP_TOOLS = (
    http_tool("read_order", "GET", "/v1/orders/{id}", ("id", "path", "string")),
    http_tool("new_order_form", "GET", "/v1/orders/new"),
    http_tool(
        "find_orders", "GET", "/v1/orders", ("q", "query", "string"), ("limit", "query", "integer")
    ),
    http_tool(
        "change_order",
        "PATCH",
        "/v1/orders/{id}",
        ("id", "path", "string"),
        ("amount", "body", "integer"),
        ("note", "body", "string"),
        risk=RiskTier.WRITE,
    ),
    http_tool("drop_order", "DELETE", "/v1/orders/{id}", ("id", "path", "string")),
)


def server(
    sid: ToolServerId, name: str, protocol: Protocol, url: str, tools: Sequence[Tool]
) -> ToolServer:
    return ToolServer(
        tenant=ROOT_TENANT,
        id=sid,
        name=name,
        protocol=protocol,
        upstream=Upstream(url, None, allow_private=True),
        injection=Injection("authorization", "Bearer ", SecretId("sec_1")),
        tools={tool.name: tool for tool in tools},
        timeout_seconds=5.0,
        retired=False,
        revision=1,
    )


def agent(state: AgentState = AgentState.ACTIVE) -> Agent:
    return Agent(ROOT_TENANT, ADA, "ada", HUMAN, "desk", frozenset({"support"}), "test", state, 1)


def a_remit(**changes: Any) -> Remit:
    given = Remit(
        tenant=ROOT_TENANT,
        id=REMIT,
        name="tickets",
        agent=ADA,
        purpose="support",
        authority=(
            AuthorityEntry(MCP_SERVER, {"read_ticket": (), "close_ticket": ()}, 0),
            AuthorityEntry(
                HTTP_SERVER, {"read_order": (), "find_orders": (), "change_order": ()}, 0
            ),
        ),
        authority_hash="sha256:authority",
        not_before=START - timedelta(days=1),
        expires_at=START + timedelta(days=1),
        max_derivations=None,
        state=RemitState.ACTIVE,
        revision=1,
    )
    return replace(given, **changes)


class World:
    """Everything that app.py would put together, with fakes where others stand."""

    def __init__(self, mcp_url: str, http_url: str, fake_mcp: FakeMCP, limits: ProxyLimits) -> None:
        self.mcp = fake_mcp
        self.clock, self.entropy = FakeClock(), FakeEntropy()
        self.journal = FakeJournal()
        self.policy, self.vault = FakePolicy(), FakeVault()
        self.remits = FakeRemits(a_remit())
        self.directory = Directory()
        self.directory.agents.put(ADA, agent())
        tools = [
            mcp_tool(d, RiskTier.WRITE if d["name"] == "close_ticket" else RiskTier.READ)
            for d in DEFINITIONS
        ]
        self.mcp_server = server(MCP_SERVER, "tickets", Protocol.MCP, mcp_url, tools)
        self.http_server = server(HTTP_SERVER, "orders", Protocol.HTTP, http_url, HTTP_TOOLS)
        self.directory.tool_servers.put(MCP_SERVER, self.mcp_server)
        self.directory.tool_servers.put(HTTP_SERVER, self.http_server)
        self.in_flight = InFlight()
        self.stops = Stops(self.journal, self.in_flight, self.clock, self.entropy)
        signing = SigningKey.generate()
        self.keys = TokenKeys({TokenClass.ACCESS_TOKEN: KeySlots(signing)})
        self.agent_key = SigningKey.generate()
        self.nonces = Nonces.of_process(self.entropy, self.clock)
        self.prover = ProofMaker(self.agent_key, self.clock, self.entropy)
        self.door = Door()
        self.limits = limits
        self.counter = RefusalCounter(self.journal, self.clock)
        self.proxy = self._build()
        self.token_count = 0
        self.agent_id = ADA
        self.mcp_upstream: FakeUpstream
        self.http_upstream: FakeUpstream

    def _build(self) -> ToolProxy:
        verifier = AccessTokenVerifier(self.keys, PUBLIC_URL, self.clock)
        proofs = ProofVerifier(self.nonces, self.clock, keys=KeyCache(), nonce_required=True)
        callers = Callers(verifier, proofs, ReplayWindow(self.clock), self.clock)
        standings = Standings(ROOT_TENANT, self.directory, self.remits, self.stops, self.clock)
        observer = Observer(
            self.door, self.vault, self.stops, self.in_flight, REMIT_SELF, self.limits
        )
        self.pins = Pins(ROOT_TENANT, self.directory, observer.observe, self.journal, self.clock)
        self.concurrency = Concurrency(self.limits)
        return ToolProxy(
            decisions=Decisions(
                Routes(PUBLIC_URL), callers, standings, self.policy, self.pins, self.limits
            ),
            own_answers=OwnAnswers(
                PUBLIC_URL, REMIT_SELF, self.directory, self.policy, self.pins, self.journal
            ),
            concurrency=self.concurrency,
            intents=Intents(self.journal, self.clock),
            credentials=self.vault,
            upstream=UpstreamCalls(self.door, self.stops, self.in_flight, self.limits, REMIT_SELF),
            releases=Releases(REMIT_SELF, self.limits),
            refusals=Refusals(self.journal, self.counter, self.clock),
            refusing=Refusing(REMIT_SELF, offers_bearer=True),
            nonces=self.nonces,
            entropy=self.entropy,
        )

    def token(
        self, audience: str = f"{PUBLIC_URL}/tools/tickets", *, bound: bool = True, **changes: Any
    ) -> str:
        """An access token of ada's, good unless `changes` say otherwise."""
        self.token_count += 1
        claims = AccessTokenClaims(
            tenant=ROOT_TENANT,
            issuer=PUBLIC_URL,
            audience=audience,
            agent=ADA,
            client=BindingId("bnd_1"),
            token=TokenId(f"tok_{self.token_count}"),
            remit=REMIT,
            remit_revision=1,
            authority_hash="sha256:authority",
            epochs={},
            issued_at=self.clock.now().replace(microsecond=0),
            expires_at=self.clock.now().replace(microsecond=0) + timedelta(minutes=5),
            jkt=self.agent_key.public.jkt if bound else None,
        )
        return AccessTokenIssuer(self.keys).sign(replace(claims, **changes))

    def credentials(self, method: str, url: str, token: str) -> tuple[tuple[bytes, bytes], ...]:
        """The two headers of a good DPoP request."""
        proof = self.prover.make(method, url, self.nonces.current(), Secret(token))
        return (b"authorization", f"DPoP {token}".encode()), (b"dpop", proof.encode())

    def incoming(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *headers: tuple[bytes, bytes],
        query: bytes = b"",
        token: str | None = None,
        proved: bool = True,
    ) -> IncomingCall:
        name = "/".join(path.split("/")[:3])
        token = self.token(PUBLIC_URL + name) if token is None else token
        proof = self.credentials(method, PUBLIC_URL + path, token) if proved else ()
        return IncomingCall(
            method, path.encode(), query, (*proof, *headers), BufferedBody(body), "127.0.0.1:1"
        )

    def mcp_call(
        self,
        tool: str,
        arguments: Mapping[str, Json] | None = None,
        *,
        server: str = "tickets",
        **more: Any,
    ) -> IncomingCall:
        params = {"name": tool, "arguments": arguments or {}}
        return self.mcp_request("tools/call", params, server=server, named=tool, **more)

    def mcp_request(
        self,
        method: str,
        params: Mapping[str, Json] | None = None,
        *,
        server: str = "tickets",
        named: str | None = None,
        meta: Mapping[str, Json] | None = None,
        token: str | None = None,
        proved: bool = True,
        body: bytes | None = None,
        more: tuple[tuple[bytes, bytes], ...] = (),
    ) -> IncomingCall:
        message = mcp_body(method, params or {}, meta or {})
        headers = (*mcp_headers(method, named), *more)
        return self.incoming(
            "POST",
            f"/tools/{server}",
            message if body is None else body,
            *headers,
            token=token,
            proved=proved,
        )

    async def call(self, incoming: IncomingCall) -> Released:
        return await self.proxy.call(incoming)

    async def close(self) -> None:
        await self.door.close()


def mcp_body(method: str, params: Mapping[str, Json], meta: Mapping[str, Json]) -> bytes:
    required = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    message = {
        "jsonrpc": "2.0",
        "id": "call-1",
        "method": method,
        "params": {**params, "_meta": {**required, **meta}},
    }
    return canonicalize(message)


def mcp_headers(method: str, named: str | None = None) -> tuple[tuple[bytes, bytes], ...]:
    headers = (
        (b"content-type", b"application/json"),
        (b"accept", b"application/json, text/event-stream"),
        (b"mcp-protocol-version", b"2026-07-28"),
        (b"mcp-method", method.encode()),
    )
    return headers if named is None else (*headers, (b"mcp-name", named.encode()))


@asynccontextmanager
async def world(
    http: Answering | None = None,
    calling: Callable[[Mapping[str, Json]], FakeAnswer] | None = None,
    limits: ProxyLimits | None = None,
) -> AsyncIterator[World]:
    fake_mcp = FakeMCP(list(DEFINITIONS), calling)
    async with (
        FakeUpstream(fake_mcp.answer) as mcp_upstream,
        FakeUpstream(http or _orders) as http_upstream,
    ):
        made = World(
            mcp_upstream.url + "/mcp",
            http_upstream.url + "/api",
            fake_mcp,
            limits or ProxyLimits(),
        )
        made.mcp_upstream, made.http_upstream = mcp_upstream, http_upstream
        try:
            yield made
        finally:
            await made.close()


def _orders(request: ReceivedRequest) -> FakeAnswer:
    return FakeAnswer(body=b'{"order":"o-1"}')


def body_of(released: Released) -> Mapping[str, Json]:
    assert isinstance(released.body, bytes)
    return parse_strict_object(released.body)


def header_of(released: Released, name: bytes) -> bytes | None:
    return next((value for key, value in released.headers if key == name), None)


def run(test: Callable[[World], Any], **kinds: Any) -> None:
    """Run an async test in a world of its own."""

    async def within() -> None:
        async with world(**kinds) as made:
            await test(made)
            assert made.concurrency.under_way == 0
            assert len(made.in_flight) == 0

    asyncio.run(within())


async def collect(released: Released) -> bytes:
    """The whole of a streamed body."""
    assert not isinstance(released.body, bytes)
    pieces = [piece async for piece in released.body]
    await released.body.aclose()
    return b"".join(pieces)
