"""A tool server is replaced without killing tokens, and retired with all of them."""

import asyncio

import pytest

from remit.identity.registrars.tool_servers import ToolServerRegistrar
from remit.identity.tools import HTTPBinding, Protocol
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import HumanId
from remit.signals.clearance import EpochPassed
from remit.signals.targets import tool_server_target
from tests.identity.town import TEN, Town, server_terms, tool


@pytest.fixture
def town():
    return Town()


@pytest.fixture
def server(town):
    return asyncio.run(town.server())


@pytest.fixture
def servers(town) -> ToolServerRegistrar:
    return town.registry.tool_servers


@pytest.fixture
def by(town):
    return asyncio.run(town.carol()).id


def clear(town, server):
    return town.stops.clear(TEN, (tool_server_target(TEN, server.id),))


def test_a_replacement_is_in_force_at_once_and_kills_no_token(town, server, servers, by):
    clearance = clear(town, server)
    after = asyncio.run(servers.replace(TEN, server.id, server_terms("read"), by=by))
    assert list(town.directory.tool_servers.load(TEN, server.id).tools) == ["read"]
    assert after.revision == server.revision + 1
    assert town.stops.check_again(clearance)
    assert town.journal.types()[-1] == "tool_server.replaced"


def test_a_replacement_keeps_its_protocol(server, servers, by):
    http = tool("read")
    terms = server_terms(
        protocol=Protocol.HTTP,
        tools={"read": type(http)(**{**_fields(http), "http": HTTPBinding("GET", "/", ())})},
    )
    with pytest.raises(Malformed):
        asyncio.run(servers.replace(TEN, server.id, terms, by=by))


def _fields(value):
    return {name: getattr(value, name) for name in value.__slots__}


def test_retiring_kills_tokens_and_keeps_the_name_taken(town, server, servers, by):
    clearance = clear(town, server)
    retired = asyncio.run(servers.retire(TEN, server.id, by=by, reason="gone"))
    assert retired.retired
    with pytest.raises(EpochPassed):
        town.stops.check_again(clearance)
    with pytest.raises(Conflict):
        asyncio.run(town.server())
    with pytest.raises(Conflict):
        asyncio.run(servers.replace(TEN, server.id, server_terms(), by=by))
    with pytest.raises(Conflict):
        asyncio.run(servers.retire(TEN, server.id, by=by, reason="again"))


def test_nobody_registers_replaces_or_retires(server, servers):
    nobody = HumanId("hum_nobody")
    for verb in (
        servers.register(TEN, "chat", server_terms(), by=nobody),
        servers.replace(TEN, server.id, server_terms(), by=nobody),
        servers.retire(TEN, server.id, by=nobody, reason="why"),
    ):
        with pytest.raises(NotFound):
            asyncio.run(verb)


def test_a_stale_revision_is_refused(server, servers, by):
    with pytest.raises(Conflict):
        asyncio.run(servers.replace(TEN, server.id, server_terms(), by=by, revision=9))
