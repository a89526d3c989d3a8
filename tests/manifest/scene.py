"""A server's control state in memory, and manifests applied to it by its first human."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from remit.audit.records import Record
from remit.identity.desk import Desk
from remit.identity.directory import Directory
from remit.identity.registrars.agents import AgentRegistrar
from remit.identity.registrars.bindings import BindingRegistrar
from remit.identity.registrars.humans import HumanRegistrar
from remit.identity.registrars.issuers import IssuerRegistrar
from remit.identity.registrars.tool_servers import ToolServerRegistrar
from remit.identity.tools import ToolServer
from remit.kernel.canonical import Json
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.secret import Secret
from remit.manifest.apply import Planners, perform, plan_manifest
from remit.manifest.kinds.agents import Agents
from remit.manifest.kinds.humans import Humans
from remit.manifest.kinds.issuers import Issuers
from remit.manifest.kinds.policies import Policies
from remit.manifest.kinds.remits import RemitPlans
from remit.manifest.kinds.secrets import SecretPlans
from remit.manifest.kinds.tool_servers import ReadDefinitions, ToolServers
from remit.manifest.plan import Step
from remit.manifest.read import Declared, read_manifest
from remit.policy.book import PolicyBook
from remit.policy.engines.cedar.compiler import CedarCompiler
from remit.remits.book import RemitBook
from remit.remits.remits import Remits
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.storage.memory.journal import MemoryJournal
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.vault.keyring import create_ring, open_ring
from remit.vault.secrets import Secrets
from remit.vault.wrapping import draw_key

T = TypeVar("T")
VALUE = "sk_live_0123456789abcdef"

HUMAN = """
apiVersion: remit/v1
kind: Human
metadata: {name: bob}
spec: {email: bob@example.com}
"""
ISSUER = """
apiVersion: remit/v1
kind: TrustIssuer
metadata: {name: forge}
spec: {issuer: "https://forge.example"}
"""
SECRET = """
apiVersion: remit/v1
kind: Secret
metadata: {name: notes-key}
spec: {from: {environment: NOTES_KEY}}
"""
SERVER = """
apiVersion: remit/v1
kind: ToolServer
metadata: {name: notes}
spec:
  protocol: mcp
  upstream: {url: "https://notes.example/mcp"}
  tools:
    - {name: read, risk: read, dataClasses: [pii]}
    - {name: write, risk: write}
"""
AGENT = """
apiVersion: remit/v1
kind: Agent
metadata: {name: ada}
spec:
  owner: alice
  system: helpdesk
  purposes: [support]
  environment: test
  identities:
    - {name: ada-forge, issuer: forge, claims: {sub: "repo:ada"}}
"""
REMIT = """
apiVersion: remit/v1
kind: Remit
metadata: {name: take-notes}
spec:
  agent: ada
  purpose: support
  expiresAt: 2030-01-01T00:00:00Z
  authority:
    - server: notes
      tools:
        - {name: read}
        - {name: write, constraints: [{argument: size, atMost: 10}]}
"""
POLICY = """
apiVersion: remit/v1
kind: Policy
metadata: {name: no-writes}
spec:
  cedar: |
    @id("no-writes")
    forbid (principal, action, resource) when { context.f.purpose == "nothing" };
"""
EVERYTHING = f"{REMIT}---{POLICY}---{AGENT}---{SERVER}---{SECRET}---{ISSUER}---{HUMAN}"


def definition(name: str, description: str = "") -> Json:
    schema: Json = {"type": "object", "properties": {"size": {"type": "integer"}}}
    return {"name": name, "description": description, "inputSchema": schema}


class Control:
    """Every part of the control state, and the definitions that upstreams list."""

    def __init__(self) -> None:
        self.clock, self.entropy = FakeClock(), FakeEntropy("manifest")
        self.journal = MemoryJournal(self.clock, self.entropy)
        self.directory, self.book = Directory(), RemitBook()
        self.in_flight = InFlight()
        self.stops = Stops(self.journal, self.in_flight, self.clock, self.entropy)
        desk = Desk(self.journal, self.stops, self.directory, self.entropy)
        self.humans, self.agents = HumanRegistrar(desk), AgentRegistrar(desk)
        self.bindings, self.issuers = BindingRegistrar(desk), IssuerRegistrar(desk)
        self.tool_servers = ToolServerRegistrar(desk)
        self.remits = Remits(
            self.journal, self.stops, self.directory, self.book, self.clock, self.entropy
        )
        root, instance = draw_key(self.entropy), self.journal.instance
        ring = open_ring(create_ring(ROOT_TENANT, root, instance, self.entropy), root, instance)
        self.secrets = Secrets(self.journal, ring, self.clock, self.entropy)
        self.policies = PolicyBook(
            ROOT_TENANT,
            self.journal,
            CedarCompiler(ROOT_TENANT),
            lambda: self.directory.tool_servers.of(ROOT_TENANT),
            self.entropy,
        )
        self.policies.load(self.journal)
        self.listed: Sequence[Json] = [definition("read"), definition("write")]
        self.asked: list[ToolServer] = []
        self.alice = run(self.humans.register_first(ROOT_TENANT, "alice")).id

    async def read_definitions(self, server: ToolServer) -> Sequence[Json]:
        self.asked.append(server)
        return self.listed

    def planners(
        self,
        values: Mapping[str, str] | None = None,
        *,
        rotate: bool = False,
        read: ReadDefinitions | None = None,
    ) -> Planners:
        known = {"notes-key": VALUE} if values is None else values
        sealed = {name: Secret(value.encode()) for name, value in known.items()}
        directory = self.directory
        return Planners(
            humans=Humans(ROOT_TENANT, directory.humans, self.humans),
            issuers=Issuers(ROOT_TENANT, directory, self.issuers),
            secrets=SecretPlans(self.secrets, sealed, rotate=rotate),
            tool_servers=ToolServers(
                ROOT_TENANT,
                directory,
                self.tool_servers,
                self.secrets,
                read or self.read_definitions,
            ),
            agents=Agents(ROOT_TENANT, directory, self.agents, self.bindings),
            policies=Policies(self.policies),
            remits=RemitPlans(ROOT_TENANT, directory, self.book, self.remits, self.clock),
        )

    def plan(self, *texts: str, planners: Planners | None = None) -> Sequence[Step]:
        """The steps that would bring this server to what is declared."""
        declared = [each for at, text in enumerate(texts) for each in read(text, f"{at}.yaml")]
        return run(plan_manifest(declared, planners or self.planners()))

    def apply(self, *texts: str, planners: Planners | None = None) -> Sequence[Step]:
        """Plan, and take every step."""
        steps = self.plan(*texts, planners=planners)
        run(perform(steps, by=self.alice))
        return steps

    def appended(self, work: Callable[[], object]) -> list[Record]:
        """The records that some work appends."""
        before = len(self.journal.records)
        work()
        return self.journal.records[before:]


def read(text: str, source: str = "test.yaml") -> Sequence[Declared]:
    return read_manifest(text, source)


def run(work: Awaitable[T]) -> T:
    async def wait() -> T:
        return await work

    return asyncio.run(wait())


def changes(steps: Sequence[Step]) -> list[str]:
    """What each step does, and to what."""
    return [f"{step.change.value} {step.kind} {step.name}" for step in steps]
