"""A tenant with what every story needs: a human, agents, tool servers, all made by verbs."""

from types import MappingProxyType

from remit.identity.directory import Directory
from remit.identity.lifecycle import Step
from remit.identity.principals import Agent, Human
from remit.identity.registrars.agents import AgentTerms
from remit.identity.registrars.issuers import IssuerTerms
from remit.identity.registrars.tool_server_terms import ToolServerTerms
from remit.identity.registry import Registry
from remit.identity.tools import Protocol, RiskTier, Tool, ToolServer, Upstream
from remit.identity.trust import JTIPolicy
from remit.kernel.canonical import canonicalize, digest_bytes
from remit.kernel.ids import ROOT_TENANT
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from tests.signals.fake_journal import FakeJournal

TEN = ROOT_TENANT
TERMS = AgentTerms("invoicing", frozenset({"billing", "support"}), "production")
URL = "https://forge.example"


def tool(name: str, risk: RiskTier = RiskTier.READ) -> Tool:
    schema = '{"type":"object"}'
    definition = canonicalize({"name": name, "inputSchema": {"type": "object"}})
    return Tool(name, risk, frozenset({"pii"}), definition, digest_bytes(definition), schema)


def server_terms(*names: str, **changes) -> ToolServerTerms:
    terms = {
        "protocol": Protocol.MCP,
        "upstream": Upstream("https://mail.example/mcp", None, False),
        "injection": None,
        "tools": MappingProxyType({name: tool(name) for name in names or ("read", "send")}),
        "timeout_seconds": 30.0,
    }
    return ToolServerTerms(**(terms | changes))


def issuer_terms(**changes) -> IssuerTerms:
    terms = {
        "inline_jwks": None,
        "algorithms": frozenset({"ES256"}),
        "jti_policy": JTIPolicy.SINGLE_USE,
        "max_lifetime_seconds": 600,
        "leeway_seconds": 30,
        "ca_file": None,
        "allow_private": False,
    }
    return IssuerTerms(**(terms | changes))


class Town:
    """All parts, put together by hand; a second town on the same journal is a restart."""

    def __init__(self, journal: FakeJournal | None = None) -> None:
        self.journal = FakeJournal() if journal is None else journal
        self.clock, self.entropy = FakeClock(), FakeEntropy(str(id(self)))
        self.in_flight = InFlight()
        self.stops = Stops(self.journal, self.in_flight, self.clock, self.entropy)
        self.directory = Directory()
        self.registry = Registry(self.journal, self.stops, self.directory, self.entropy)
        self.stops.load(self.journal)
        self.registry.load(self.journal)

    async def carol(self) -> Human:
        found = self.directory.humans.find_named(TEN, "carol")
        return found or await self.registry.humans.register_first(TEN, "carol")

    async def agent(self, name: str = "ada", *, active: bool = True) -> Agent:
        by = (await self.carol()).id
        agents = self.registry.agents
        agent = await agents.register(TEN, name, TERMS, owner=by, by=by)
        if not active:
            return agent
        return await agents.step(TEN, agent.id, Step.ACTIVATE, by=by, reason="approved")

    async def server(self, name: str = "mail", *names: str) -> ToolServer:
        by = (await self.carol()).id
        return await self.registry.tool_servers.register(TEN, name, server_terms(*names), by=by)
