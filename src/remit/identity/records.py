"""Audit records of the registry. Terms stand in them as the digest of the document as committed."""

from remit.audit.records import Record
from remit.kernel.ids import AgentId, BindingId, HumanId, ToolServerId, TrustIssuerId


class HumanRegistered(Record, frozen=True, kw_only=True, tag="human.registered"):
    """A human became known; the first of a tenant by itself."""

    human: HumanId
    name: str
    by: HumanId
    digest: str


class AgentRegistered(Record, frozen=True, kw_only=True, tag="agent.registered"):
    """An agent was proposed, with its owner."""

    agent: AgentId
    name: str
    owner: HumanId
    by: HumanId
    digest: str


class AgentAmended(Record, frozen=True, kw_only=True, tag="agent.amended"):
    """An agent's system, purposes or environment changed."""

    agent: AgentId
    by: HumanId
    digest: str


class AgentTransferred(Record, frozen=True, kw_only=True, tag="agent.transferred"):
    """An agent has another owner; tokens of before are dead."""

    agent: AgentId
    owner_before: HumanId
    owner: HumanId
    reason: str
    by: HumanId


class AgentStepped(Record, frozen=True, kw_only=True, tag="agent.stepped"):
    """What the records of an agent's lifecycle have in common."""

    agent: AgentId
    state_before: str
    reason: str
    by: HumanId


class AgentActivated(AgentStepped, frozen=True, kw_only=True, tag="agent.activated"):
    """A proposed agent may act."""


class AgentSuspended(AgentStepped, frozen=True, kw_only=True, tag="agent.suspended"):
    """An agent may not act; tokens of before are dead."""


class AgentReinstated(AgentStepped, frozen=True, kw_only=True, tag="agent.reinstated"):
    """A suspended agent may act again."""


class AgentQuarantined(AgentStepped, frozen=True, kw_only=True, tag="agent.quarantined"):
    """An agent is suspected, and may not act; tokens of before are dead."""


class AgentRetired(AgentStepped, frozen=True, kw_only=True, tag="agent.retired"):
    """An agent will never act again."""


class ToolServerRegistered(Record, frozen=True, kw_only=True, tag="tool_server.registered"):
    """A tool server and its pinned tools became known."""

    tool_server: ToolServerId
    name: str
    by: HumanId
    digest: str


class ToolServerReplaced(Record, frozen=True, kw_only=True, tag="tool_server.replaced"):
    """A tool server's upstream, credential or pinned tools changed."""

    tool_server: ToolServerId
    revision: int
    by: HumanId
    digest: str


class ToolServerRetired(Record, frozen=True, kw_only=True, tag="tool_server.retired"):
    """A tool server is reached no more; tokens for it are dead."""

    tool_server: ToolServerId
    reason: str
    by: HumanId


class TrustIssuerRegistered(Record, frozen=True, kw_only=True, tag="trust_issuer.registered"):
    """An external issuer is believed about its own subjects; nobody is bound by that."""

    issuer: TrustIssuerId
    name: str
    url: str
    by: HumanId
    digest: str


class TrustIssuerReplaced(Record, frozen=True, kw_only=True, tag="trust_issuer.replaced"):
    """What is demanded of an issuer's assertions changed."""

    issuer: TrustIssuerId
    revision: int
    by: HumanId
    digest: str


class TrustIssuerRetired(Record, frozen=True, kw_only=True, tag="trust_issuer.retired"):
    """An issuer is believed no more; tokens of the agents bound to it are dead."""

    issuer: TrustIssuerId
    reason: str
    by: HumanId


class AgentsSuperseded(Record, frozen=True, kw_only=True, tag="trust_issuer.agents_superseded"):
    """More agents that were bound to a retired issuer than one transaction takes."""

    issuer: TrustIssuerId
    agents: int
    by: HumanId


class SubjectBound(Record, frozen=True, kw_only=True, tag="identity_binding.bound"):
    """These claims of an issuer are this agent."""

    binding: BindingId
    name: str
    issuer: TrustIssuerId
    agent: AgentId
    by: HumanId
    digest: str


class BindingReplaced(Record, frozen=True, kw_only=True, tag="identity_binding.replaced"):
    """A binding demands other claims; the agent's tokens of before are dead."""

    binding: BindingId
    revision: int
    by: HumanId
    digest: str


class SubjectUnbound(Record, frozen=True, kw_only=True, tag="identity_binding.unbound"):
    """These claims are this agent no more; the agent's tokens of before are dead."""

    binding: BindingId
    agent: AgentId
    reason: str
    by: HumanId
