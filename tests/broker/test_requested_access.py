"""What is asked: one audience, exactly spelt, under a remit of the agent's own."""

from dataclasses import replace

import pytest

from remit.broker.requested_access import path_of
from remit.broker.token_request import TokenRequest, parse_token_request
from remit.identity.evidence import Unbound
from remit.kernel.ids import TenantId
from remit.kernel.oauth import InvalidGrant, InvalidTarget
from remit.policy.request import MintRequest
from remit.remits.selection import AmbiguousRemit, NoRemitCovers, NotInForce, UnknownRemit
from remit.remits.states import Step
from remit.signals.targets import agent_target, remit_target, tool_server_target
from tests.broker.scene import MAIL, US, Hall

CATALOGUE = f"{US}/tools"
CHAT = f"{US}/tools/chat"


@pytest.fixture
def hall() -> Hall:
    return Hall()


def request(resource: str = MAIL, remit: str | None = None) -> TokenRequest:
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    form = {"grant_type": grant, "assertion": "a.b.c", "resource": resource}
    return replace(parse_token_request(form, ()), remit=remit)


def find(hall: Hall, resource: str = MAIL, remit: str | None = None, **changes) -> MintRequest:
    authenticated = hall.authenticated(**changes)
    return hall.access_requests.find(request(resource, remit), authenticated, hall.confirmation())


# --- the audience ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "mail",
        "/tools/mail",
        US,
        CATALOGUE + "/",
        CATALOGUE + "/nowhere",
        CATALOGUE + "//mail",
        CATALOGUE + "/mail/",
        CATALOGUE + "/mail?x=1",
        CATALOGUE + "/MAIL",
        CATALOGUE + "/./mail",
        CATALOGUE + "/m%61il",
        CATALOGUE + "/" + CATALOGUE + "/mail",
        "https://remit.example:443/tools/mail",
        "http://remit.example/tools/mail",
        "https://remit.example.evil.example/tools/mail",
        "x" * 60_000,
    ],
)
def test_an_audience_that_is_not_spelt_exactly_is_none(hall: Hall, resource: str) -> None:
    with pytest.raises(InvalidTarget) as refused:
        hall.audiences.find(hall.ada.tenant, resource)
    assert len(refused.value.detail) < 300


def test_another_tenants_tool_server_is_not_there(hall: Hall) -> None:
    with pytest.raises(InvalidTarget):
        hall.audiences.find(TenantId("ten_b"), MAIL)


def test_a_retired_tool_server_is_no_audience_any_more(hall: Hall) -> None:
    hall.directory.tool_servers.put(hall.mail.id, replace(hall.mail, retired=True, revision=2))
    with pytest.raises(InvalidTarget):
        hall.audiences.find(hall.ada.tenant, MAIL)


def test_an_audience_is_a_tool_server_or_the_catalogue_of_them(hall: Hall) -> None:
    assert hall.audiences.find(hall.ada.tenant, MAIL) == hall.mail
    assert hall.audiences.catalogue == CATALOGUE
    assert hall.audiences.find(hall.ada.tenant, CATALOGUE) is None


# --- the remit ---------------------------------------------------------------------------------


def test_what_no_remit_of_the_agent_reaches_is_refused(hall: Hall) -> None:
    with pytest.raises(NoRemitCovers):
        find(hall, CHAT)
    for resource in (MAIL, CATALOGUE):
        with pytest.raises(NoRemitCovers):
            find(hall, resource, agent=hall.bea)


def test_another_agents_remit_is_not_there_by_name_or_id(hall: Hall) -> None:
    for named in ("q3", hall.remit.id, "nothing", ""):
        with pytest.raises(UnknownRemit):
            find(hall, MAIL, named, agent=hall.bea)


def test_a_remit_that_is_named_must_be_in_force(hall: Hall) -> None:
    hall.step(hall.remit, Step.SUSPEND)
    with pytest.raises(NotInForce):
        find(hall, MAIL, "q3")


def test_where_two_remits_would_do_the_agent_says_which(hall: Hall) -> None:
    second = hall.create("q4")
    with pytest.raises(AmbiguousRemit):
        find(hall)
    assert find(hall, MAIL, "q4").remit == second
    assert find(hall, MAIL, hall.remit.id).remit == hall.remit


def test_what_is_asked_is_described_with_its_facts(hall: Hall) -> None:
    asked = find(hall)
    assert (asked.agent, asked.remit, asked.tool_server) == (hall.ada, hall.remit, hall.mail)
    assert (asked.resource, asked.lifetime_seconds) == (MAIL, 300)
    assert (asked.facts.bound, asked.facts.depth, asked.facts.at) == (True, 0, hall.clock.now())


def test_without_a_proof_the_facts_say_so(hall: Hall) -> None:
    asked = hall.access_requests.find(request(), hall.authenticated(), Unbound())
    assert asked.facts.bound is False


def test_the_catalogue_is_of_no_tool_server(hall: Hall) -> None:
    asked = find(hall, CATALOGUE)
    assert (asked.tool_server, asked.remit) == (None, hall.remit)


# --- the lifetime ------------------------------------------------------------------------------


def test_a_token_ends_with_its_remit(hall: Hall) -> None:
    hall.clock.advance(3600 - 20)
    assert find(hall).lifetime_seconds == 20
    hall.clock.advance(19.5)
    with pytest.raises(InvalidGrant):
        find(hall)
    hall.clock.advance(0.5)
    with pytest.raises(NoRemitCovers):
        find(hall)


def test_a_token_does_not_outlive_its_platforms_word_by_much(hall: Hall) -> None:
    now = hall.clock.now()
    assert find(hall, assertion_expires_at=now).lifetime_seconds == 60


# --- the path that a stop could name -----------------------------------------------------------


def test_the_path_names_all_that_is_known_of_it(hall: Hall) -> None:
    tenant = hall.ada.tenant
    agent, remit = agent_target(tenant, hall.ada.id), remit_target(tenant, hall.remit.id)
    assert path_of(hall.ada) == (agent,)
    assert path_of(hall.ada, find(hall, CATALOGUE)) == (agent, remit)
    server = tool_server_target(tenant, hall.mail.id)
    assert path_of(hall.ada, find(hall)) == (agent, remit, server)
