"""Terms say what an agent may be given, of what there is, from when until when."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from remit.identity.lifecycle import Step as AgentStep
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.remits.terms import verify_terms
from tests.identity.town import TEN
from tests.remits.desk import Office


@pytest.fixture
def office():
    return Office()


def verify(office, terms, agent=None):
    agent = office.ada if agent is None else agent
    return verify_terms(terms, agent, office.directory, office.clock.now())


def test_good_terms_are_what_they_were(office):
    terms = office.terms()
    assert verify(office, terms) == terms


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "dancing"},
        {"purpose": ""},
        {"max_derivations": 0},
        {"max_derivations": -1},
        {"max_derivations": 1_000_001},
    ],
)
def test_a_strange_purpose_or_a_senseless_limit_is_refused(office, changes):
    with pytest.raises(Malformed):
        verify(office, office.terms(**changes))


def test_a_remit_has_a_time_that_is_still_to_come(office):
    now, hour = office.clock.now(), timedelta(hours=1)
    for begins, ends in (
        (now, now),
        (now + hour, now),
        (now - hour, now),
        (now.replace(tzinfo=None), now + hour),
        (now, (now + hour).replace(tzinfo=None)),
        (now + hour, now + hour + timedelta(microseconds=5)),
    ):
        with pytest.raises(Malformed):
            verify(office, office.terms(not_before=begins, expires_at=ends))


def test_instants_are_as_they_are_stored(office):
    begins = office.clock.now().replace(microsecond=123456)
    assert verify(office, office.terms(not_before=begins)).not_before.microsecond == 123000


def test_only_tools_that_there_are_can_be_given(office):
    with pytest.raises(Malformed):
        verify(office, office.terms(office.entry(read=(), destroy=())))
    with pytest.raises(NotFound):
        verify(office, office.terms(replace(office.entry(), tool_server="tls_x")))


def test_a_retired_tool_server_is_given_to_nobody(office):
    servers = office.registry.tool_servers
    asyncio.run(servers.retire(TEN, office.mail.id, by=office.by, reason="gone"))
    with pytest.raises(Conflict):
        verify(office, office.terms())


def test_a_retired_agent_is_given_nothing(office):
    agents = office.registry.agents
    retire = agents.step(TEN, office.ada.id, AgentStep.RETIRE, by=office.by, reason="gone")
    with pytest.raises(Conflict):
        verify(office, office.terms(), asyncio.run(retire))
