"""An agent, its remit and a tool server, made to order for the tests of policy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from remit.identity.principals import Agent, AgentState
from remit.identity.tools import Protocol, RiskTier, Tool, ToolServer, Upstream
from remit.kernel.canonical import Json, canonicalize, digest_bytes
from remit.kernel.ids import AgentId, HumanId, RemitId, TenantId, ToolServerId
from remit.policy.decision import Allowed
from remit.policy.engine import PolicyDocument
from remit.policy.engines.cedar.compiler import CedarCompiler
from remit.policy.engines.cedar.engine import CedarEngine
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.remits.remit import AuthorityEntry, Constraint, Remit, RemitState
from remit.signals.clearance import Clearance

TEN = TenantId("ten_a")
NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # a Monday
FACTS = Facts(bound=True, depth=0, at=NOW)

REFUND: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "order": {"type": "string", "maxLength": 100},
        "amount": {"type": "integer", "minimum": 0},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "rate": {"type": "number"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "to": {
            "type": "object",
            "properties": {"iban": {"type": "string"}, "fast": {"type": "boolean"}},
            "required": ["iban"],
        },
    },
    "required": ["order"],
}


def make_agent(name: str = "ada", **changes: Any) -> Agent:
    agent = Agent(
        tenant=TEN,
        id=AgentId(f"agt_{name}"),
        name=name,
        owner=HumanId("hum_alice"),
        system="helpdesk",
        purposes=frozenset({"support"}),
        environment="prod",
        state=AgentState.ACTIVE,
        revision=1,
    )
    return replace(agent, **changes)


def make_tool(
    name: str = "refund", schema: object = REFUND, risk: RiskTier = RiskTier.WRITE
) -> Tool:
    definition = canonicalize({"name": name, "inputSchema": schema})  # type: ignore[dict-item]  # JSON by contract
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return Tool(name, risk, frozenset({"pii"}), definition, digest_bytes(definition), text)


def make_server(*tools: Tool, name: str = "billing", **changes: Any) -> ToolServer:
    server = ToolServer(
        tenant=TEN,
        id=ToolServerId(f"tls_{name}"),
        name=name,
        protocol=Protocol.MCP,
        upstream=Upstream("http://localhost:1", None, True),
        injection=None,
        tools={tool.name: tool for tool in tools or (make_tool(),)},
        timeout_seconds=5.0,
        retired=False,
        revision=1,
    )
    return replace(server, **changes)


def make_remit(
    agent: Agent, *servers: ToolServer, constraints: Sequence[Constraint] = (), **changes: Any
) -> Remit:
    remit = Remit(
        tenant=TEN,
        id=RemitId("rmt_1"),
        name="tickets",
        agent=agent.id,
        purpose="support",
        authority=tuple(
            AuthorityEntry(server.id, {name: tuple(constraints) for name in server.tools}, 1)
            for server in servers
        ),
        authority_hash="sha256:x",
        not_before=NOW - timedelta(hours=1),
        expires_at=NOW + timedelta(hours=1),
        max_derivations=None,
        state=RemitState.ACTIVE,
        revision=1,
    )
    return replace(remit, **changes)


def make_call(
    arguments: Mapping[str, Json] | None = None,
    *,
    agent: Agent | None = None,
    server: ToolServer | None = None,
    tool: str | None = None,
    **changes: Any,
) -> CallRequest:
    agent, server = agent or make_agent(), server or make_server()
    sent = {"order": "o-1"} if arguments is None else arguments
    canonical = canonicalize(sent)
    request = CallRequest(
        agent=agent,
        remit=make_remit(agent, server),
        tool_server=server,
        tool=server.tools[tool or next(iter(server.tools))],
        arguments=sent,
        canonical_arguments=canonical,
        arguments_digest=digest_bytes(canonical),
        facts=FACTS,
    )
    return replace(request, **changes)


def make_mint(**changes: Any) -> MintRequest:
    agent, server = make_agent(), make_server()
    request = MintRequest(
        agent=agent,
        remit=make_remit(agent, server),
        tool_server=server,
        resource="https://remit.example/tools/billing",
        lifetime_seconds=300,
        facts=FACTS,
    )
    return replace(request, **changes)


def clear(request: CallRequest | MintRequest) -> Clearance:
    keys = ["everything", request.agent.id, request.remit.id]
    if request.tool_server is not None:
        keys.append(request.tool_server.id)
    return Clearance(request.agent.tenant, dict.fromkeys(keys, 0))


def compile_text(*texts: str, servers: Sequence[ToolServer] | None = None) -> CedarEngine:
    """The engine of some policies; `ops` is the document's name, `ops2` the next one's."""
    names = ["ops", *(f"ops{number}" for number in range(2, len(texts) + 1))]
    documents = [PolicyDocument(name, text) for name, text in zip(names, texts, strict=False)]
    known = [make_server()] if servers is None else servers
    engine = CedarCompiler(TEN).compile(documents, known).engine
    assert isinstance(engine, CedarEngine)
    return engine


PERMIT_ALL = '@id("all") permit (principal, action, resource);'


class Permissive:
    """An engine that permits everything, and counts how often it was asked."""

    bundle = "sha256:permissive"

    def __init__(self) -> None:
        self.asked = 0

    def _allow(self, *_: object) -> Any:
        self.asked += 1
        return Allowed(("all",), self.bundle)

    decide_call = decide_mint = could_permit = _allow

    def find_fault(self, *_: object) -> tuple[()]:
        return ()
