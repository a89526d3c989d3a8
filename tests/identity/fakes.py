"""Small fakes for identity and tokens: a clock that stands still, counted chance, one issuer."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from remit.identity.directory import Directory
from remit.identity.principals import Agent, AgentState
from remit.identity.proof.dpop import VerifiedProof
from remit.identity.trust import IdentityBinding, JTIPolicy, TrustIssuer
from remit.jose.keys import SigningKey
from remit.kernel.canonical import canonicalize
from remit.kernel.ids import ROOT_TENANT, AgentId, BindingId, HumanId, TrustIssuerId

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class StillClock:
    """Both times stand still until they are moved, together or apart."""

    instant: datetime = NOW
    seconds: float = 1000.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.seconds

    def pass_(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class Counted:
    """Chance that is different at each draw, and the same in each run."""

    drawn: int = field(default=0)

    def draw(self, size: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(header: Mapping[str, Any], claims: Mapping[str, Any], key: SigningKey) -> str:
    """A JWS with whatever header one likes, signed with whatever the key does."""
    signed = f"{encode(canonicalize(header))}.{encode(canonicalize(claims))}"
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def proof_of(jti: str, jkt: str = "k" * 43) -> VerifiedProof:
    return VerifiedProof(jkt, jti, NOW)


ISSUER = TrustIssuer(
    tenant=ROOT_TENANT,
    id=TrustIssuerId("iss_forge"),
    name="forge",
    issuer="https://forge.example",
    inline_jwks=None,
    algorithms=frozenset({"ES256", "RS256"}),
    jti_policy=JTIPolicy.SINGLE_USE,
    max_lifetime_seconds=3600,
    leeway_seconds=30,
    ca_file=None,
    allow_private=False,
    retired=False,
    revision=1,
)
AGENT = Agent(
    tenant=ROOT_TENANT,
    id=AgentId("agt_triage"),
    name="triage",
    owner=HumanId("hum_ada"),
    system="support",
    purposes=frozenset({"triage"}),
    environment="production",
    state=AgentState.ACTIVE,
    revision=1,
)
BINDING = IdentityBinding(
    tenant=ROOT_TENANT,
    id=BindingId("bnd_triage"),
    name="triage-main",
    issuer=ISSUER.id,
    agent=AGENT.id,
    claims={"sub": "repo:acme/triage", "repository_id": "4711"},
    retired=False,
    revision=1,
)


def directory(
    *bindings: IdentityBinding, issuer: TrustIssuer = ISSUER, agent: Agent = AGENT
) -> Directory:
    """One issuer, one agent, and these bindings (or the usual one)."""
    known = Directory()
    known.put_issuer(issuer)
    known.agents.put(agent.id, agent)
    for binding in bindings or (BINDING,):
        known.put_binding(binding)
    return known


def another(binding: IdentityBinding, number: int, **changes: Any) -> IdentityBinding:
    return replace(binding, id=BindingId(f"bnd_{number}"), name=f"binding-{number}", **changes)
