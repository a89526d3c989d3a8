"""Humans and agents as documents."""

from typing import Literal

from remit.audit.journal import Document
from remit.identity.documents.body import Body, decode_body, encode_body
from remit.identity.principals import Agent, AgentState, Human
from remit.kernel.ids import AgentId, HumanId

HUMAN = "human"
AGENT = "agent"


class _HumanBody(Body):
    v: Literal[1]
    email: str | None


class _AgentBody(Body):
    v: Literal[1]
    owner: HumanId
    system: str
    purposes: tuple[str, ...]
    environment: str
    state: AgentState


def encode_human(human: Human) -> Document:
    body = _HumanBody(v=1, email=human.email)
    return Document(human.tenant, HUMAN, human.id, human.name, human.revision, encode_body(body))


def decode_human(document: Document) -> Human:
    """The human of a document; raises Malformed."""
    body = decode_body(document, _HumanBody)
    return Human(
        tenant=document.tenant,
        id=HumanId(document.id),
        name=document.name,
        email=body.email,
        revision=document.revision,
    )


def encode_agent(agent: Agent) -> Document:
    body = _AgentBody(
        v=1,
        owner=agent.owner,
        system=agent.system,
        purposes=tuple(sorted(agent.purposes)),
        environment=agent.environment,
        state=agent.state,
    )
    return Document(agent.tenant, AGENT, agent.id, agent.name, agent.revision, encode_body(body))


def decode_agent(document: Document) -> Agent:
    """The agent of a document; raises Malformed, also for a state that is not known."""
    body = decode_body(document, _AgentBody)
    return Agent(
        tenant=document.tenant,
        id=AgentId(document.id),
        name=document.name,
        owner=body.owner,
        system=body.system,
        purposes=frozenset(body.purposes),
        environment=body.environment,
        state=body.state,
        revision=document.revision,
    )
