"""What a decision costs, by number of policies and of agents: `python -m bench.policies`.

All policies can apply to the call. Handles are warm, but for more agents than are kept.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter_ns

from remit.identity.principals import Agent, AgentState
from remit.identity.tools import Protocol, RiskTier, Tool, ToolServer, Upstream
from remit.kernel.canonical import canonicalize, digest_bytes
from remit.kernel.ids import ROOT_TENANT, AgentId, HumanId, RemitId, ToolServerId
from remit.policy.arguments import check_arguments
from remit.policy.authorize import authorize_call
from remit.policy.engine import PolicyDocument, PolicyEngine
from remit.policy.engines.cedar.compiler import CedarCompiler
from remit.policy.request import CallRequest, Facts, MintRequest
from remit.policy.shipped import load_shipped
from remit.remits.remit import AuthorityEntry, Remit, RemitState
from remit.signals.clearance import Clearance

ROUNDS = 5
SCHEMA = canonicalize(
    {
        "type": "object",
        "properties": {
            "path": {"type": "string", "maxLength": 200},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100},
            "env": {"type": "string", "enum": ["prod", "dev"]},
        },
        "required": ["path"],
    }
)
TOOL = Tool("read", RiskTier.READ, frozenset(), b"{}", digest_bytes(b"{}"), SCHEMA.decode())
SERVER = ToolServer(
    tenant=ROOT_TENANT,
    id=ToolServerId("tls_files"),
    name="files",
    protocol=Protocol.MCP,
    upstream=Upstream("http://localhost:1", None, True),
    injection=None,
    tools={TOOL.name: TOOL},
    timeout_seconds=5.0,
    retired=False,
    revision=1,
)
FACTS = Facts(bound=True, depth=0, at=datetime(2026, 11, 23, 12, tzinfo=UTC))
SENT = {"path": "/srv/x", "limit": 3, "env": "prod"}


def request(number: int = 0) -> CallRequest:
    name = f"agent{number}"
    agent = Agent(
        tenant=ROOT_TENANT,
        id=AgentId(f"agt_{name}"),
        name=name,
        owner=HumanId("hum_alice"),
        system="helpdesk",
        purposes=frozenset({"support"}),
        environment="prod",
        state=AgentState.ACTIVE,
        revision=1,
    )
    remit = Remit(
        tenant=ROOT_TENANT,
        id=RemitId(f"rmt_{name}"),
        name=f"work-{name}",
        agent=agent.id,
        purpose="support",
        authority=(AuthorityEntry(SERVER.id, {TOOL.name: ()}, 0),),
        authority_hash="",
        not_before=FACTS.at - timedelta(hours=1),
        expires_at=FACTS.at + timedelta(hours=1),
        max_derivations=None,
        state=RemitState.ACTIVE,
        revision=1,
    )
    sent = canonicalize(SENT)
    return CallRequest(agent, remit, SERVER, TOOL, SENT, sent, digest_bytes(sent), FACTS)


def policies(count: int) -> str:
    """Policies that all can apply to the call, and read arguments, facts and entities."""
    forms = (
        (
            'permit (principal, action == Remit::Action::"files/read", resource)'
            ' when {{ context.input.path like "/srv/{n}/*" && context.f.purpose == "support" }};'
        ),
        (
            'forbid (principal, action in Remit::Action::"read", resource is Remit::Tool)'
            " when {{ context.f.hour == {n} && context.f.weekday == 7 }};"
        ),
        (
            'forbid (principal, action, resource is Remit::Tool in Remit::Server::"files")'
            " when {{ context.input has limit && context.input.limit == 100{n} }};"
        ),
        'forbid (principal, action, resource is Remit::Tool) when {{ resource.risk == "x{n}" }};',
        (
            "forbid (principal is Remit::Agent, action, resource is Remit::Tool)"
            ' when {{ principal.environment == "e{n}" }};'
        ),
    )
    return "\n".join(forms[n % len(forms)].format(n=n) for n in range(count))


def build(count: int) -> PolicyEngine:
    documents = [load_shipped(), PolicyDocument("bench", policies(count))]
    return CedarCompiler(ROOT_TENANT).compile(documents, [SERVER]).engine


def measure(what: str, work: Callable[[int], object], times: int = 2000) -> None:
    rounds = []
    for _ in range(ROUNDS):
        started = perf_counter_ns()
        for number in range(times):
            work(number)
        rounds.append((perf_counter_ns() - started) / times / 1000)
    print(f"{what:<58} {sorted(rounds)[ROUNDS // 2]:8.1f} us")


def main() -> None:
    asked = request()
    keys = ("everything", asked.agent.id, asked.remit.id, SERVER.id)
    clearance = Clearance(ROOT_TENANT, dict.fromkeys(keys, 0))
    measure("check 3 arguments against the pinned schema", lambda _: check_arguments(TOOL, SENT))
    for count in (2, 5, 47):
        engine = build(count)
        shown = f"{count + 3} policies"
        mint = MintRequest(asked.agent, asked.remit, SERVER, "https://remit.example", 300, FACTS)
        measure(f"{shown}: compile for one tool", lambda _, n=count: build(n), 5)
        measure(f"{shown}: decide a call", lambda _, e=engine: e.decide_call(asked))
        measure(
            f"{shown}: authorize a call, all checks",
            lambda _, e=engine: authorize_call(asked, clearance, e),
        )
        measure(f"{shown}: decide a token", lambda _, e=engine, m=mint: e.decide_mint(m))
        measure(
            f"{shown}: whether a tool is listed",
            lambda _, e=engine: e.could_permit(asked.agent, asked.remit, SERVER, TOOL, FACTS),
            500,
        )
    engine = build(47)
    for count in (10, 1000, 10_000):
        several = [request(number) for number in range(count)]
        for each in several:
            engine.decide_call(each)
        measure(
            f"50 policies, {count} agents in turn",
            lambda n, s=several: engine.decide_call(s[n % len(s)]),
            max(2000, count),
        )
        measure(
            f"50 policies, {count} agents, ten of them busy",
            lambda n, s=several: engine.decide_call(s[n % 10]),
        )


if __name__ == "__main__":
    main()
