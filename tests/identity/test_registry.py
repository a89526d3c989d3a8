"""What was registered is there after a restart, exactly as it was."""

import asyncio

import pytest

from remit.audit.journal import Document
from remit.identity.registrars.bindings import Subject
from remit.kernel.errors import Malformed
from tests.identity.town import TEN, URL, Town, issuer_terms


async def fill(town):
    agent = await town.agent()
    by = agent.owner
    await town.registry.humans.register(TEN, "dan", email="dan@example.com", by=by)
    await town.server()
    issuer = await town.registry.issuers.register(TEN, "forge", URL, issuer_terms(), by=by)
    subject = Subject(issuer.id, {"sub": "repo", "ref": "main"}, agent.id)
    await town.registry.bindings.bind(TEN, "ci", subject, by=by)


def everything_of(directory):
    rolls = (
        directory.humans,
        directory.agents,
        directory.tool_servers,
        directory.issuers,
        directory.bindings,
    )
    return [list(roll.of(TEN)) for roll in rolls]


def test_a_restart_changes_nothing():
    town = Town()
    asyncio.run(fill(town))
    again = Town(town.journal)
    assert everything_of(again.directory) == everything_of(town.directory)
    issuer = again.directory.find_issuer(TEN, URL)
    assert [each.name for each in again.directory.bindings_of(issuer)] == ["ci"]


@pytest.mark.parametrize(
    "kind", ["human", "agent", "tool_server", "trust_issuer", "identity_binding"]
)
def test_a_document_that_cannot_be_read_refuses_the_start(kind):
    town = Town()
    town.journal.documents[TEN, kind, "x"] = Document(TEN, kind, "x", "x", 1, b'{"v":2}')
    with pytest.raises(Malformed):
        Town(town.journal)


def test_every_verb_appended_exactly_one_record():
    town = Town()
    asyncio.run(fill(town))
    assert town.journal.types() == [
        "human.registered",
        "agent.registered",
        "agent.activated",
        "human.registered",
        "tool_server.registered",
        "trust_issuer.registered",
        "identity_binding.bound",
    ]
    assert town.journal.commits == len(town.journal.records)
