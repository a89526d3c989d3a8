"""The client of a token is the binding that its agent came by."""

import asyncio
from datetime import UTC, datetime

from remit.identity.evidence import AuthenticatedAgent
from remit.identity.registrars.bindings import Subject
from tests.identity.town import TEN, URL, Town, issuer_terms


def test_the_client_is_the_binding():
    async def story():
        town = Town()
        agent = await town.agent()
        by = agent.owner
        issuer = await town.registry.issuers.register(TEN, "forge", URL, issuer_terms(), by=by)
        subject = Subject(issuer.id, {"sub": "x"}, agent.id)
        binding = await town.registry.bindings.bind(TEN, "ci", subject, by=by)
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return AuthenticatedAgent(agent, binding, issuer, at, None), binding

    authenticated, binding = asyncio.run(story())
    assert authenticated.client == binding.id
