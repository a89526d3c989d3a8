"""Humans and agents read back as they were written."""

from dataclasses import replace

import pytest

from remit.audit.journal import Document
from remit.identity.documents.principals import (
    decode_agent,
    decode_human,
    encode_agent,
    encode_human,
)
from remit.identity.principals import Agent, AgentState, Human
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, AgentId, HumanId

HUMAN = Human(ROOT_TENANT, HumanId("hum_1"), "carol", None, 1)
AGENT = Agent(
    tenant=ROOT_TENANT,
    id=AgentId("agt_1"),
    name="ada",
    owner=HUMAN.id,
    system="invoicing",
    purposes=frozenset({"b", "a"}),
    environment="production",
    state=AgentState.ACTIVE,
    revision=3,
)


@pytest.mark.parametrize("email", [None, "carol@example.com"])
def test_a_human_reads_back(email):
    human = replace(HUMAN, email=email)
    assert decode_human(encode_human(human)) == human


@pytest.mark.parametrize("state", AgentState)
def test_an_agent_reads_back_in_every_state(state):
    agent = replace(AGENT, state=state)
    assert decode_agent(encode_agent(agent)) == agent


def test_an_unknown_state_is_refused():
    document = encode_agent(AGENT)
    body = document.body.replace(b'"active"', b'"actively"')
    with pytest.raises(Malformed):
        decode_agent(Document(ROOT_TENANT, "agent", "agt_1", "ada", 3, body))


def test_the_same_agent_is_the_same_bytes():
    other = replace(AGENT, purposes=frozenset({"a", "b"}))
    assert encode_agent(other) == encode_agent(AGENT)
