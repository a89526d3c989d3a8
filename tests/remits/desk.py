"""A town with the remits' book, and the terms that stories ask for."""

import asyncio
from datetime import datetime, timedelta
from types import MappingProxyType

from remit.remits.book import RemitBook
from remit.remits.remit import AuthorityEntry, Remit
from remit.remits.remits import Remits
from remit.remits.states import Step
from remit.remits.terms import RemitTerms
from remit.signals.targets import agent_target, remit_target
from tests.identity.town import TEN, Town
from tests.signals.fake_journal import FakeJournal


class Office(Town):
    """Two agents, two tool servers, and remits by verbs."""

    def __init__(self, journal: FakeJournal | None = None) -> None:
        super().__init__(journal)
        self.book = RemitBook()
        self.remits = Remits(
            self.journal, self.stops, self.directory, self.book, self.clock, self.entropy
        )
        self.remits.load(self.journal)
        if journal is None:
            asyncio.run(self._fill())

    async def _fill(self) -> None:
        self.ada, self.bea = await self.agent("ada"), await self.agent("bea")
        self.mail, self.chat = await self.server("mail"), await self.server("chat")
        self.by = self.ada.owner

    def entry(self, server=None, depth=0, **tools) -> AuthorityEntry:
        server = self.mail if server is None else server
        return AuthorityEntry(server.id, MappingProxyType(tools or {"read": ()}), depth)

    def terms(self, *entries: AuthorityEntry, **changes) -> RemitTerms:
        now: datetime = self.clock.now()
        terms = {
            "purpose": "billing",
            "authority": entries or (self.entry(),),
            "not_before": now,
            "expires_at": now + timedelta(hours=1),
            "max_derivations": None,
        }
        return RemitTerms(**(terms | changes))

    def create(self, name="q3", terms=None, agent=None, *, active=True) -> Remit:
        agent = self.ada if agent is None else agent
        terms = self.terms() if terms is None else terms
        remit = asyncio.run(self.remits.create(TEN, name, agent.id, terms, by=self.by))
        return self.step(remit, Step.ACTIVATE) if active else remit

    def step(self, remit, step, **more) -> Remit:
        verb = self.remits.step(TEN, remit.id, step, by=self.by, reason="because", **more)
        return asyncio.run(verb)

    def stop(self, name="q3") -> Remit:
        return asyncio.run(self.remits.stop(TEN, name, by=self.by, reason="cancelled"))

    def revise(self, remit, terms, **more) -> Remit:
        verb = self.remits.revise(TEN, remit.id, terms, by=self.by, reason="changed", **more)
        return asyncio.run(verb)

    def path(self, remit):
        return (agent_target(TEN, remit.agent), remit_target(TEN, remit.id))

    def clear(self, remit):
        return self.stops.clear(TEN, self.path(remit))
