"""Many agents: registered by the real verbs, in bulk, while the server is stopped.

Each has an identity at the bench's platform and a remit of its own, so that all that could grow
with them does: memory, the start, the look-ups of both stories.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from bench.caller import ARGUMENTS, SERVER_NAME
from bench.site import HUMAN, PURPOSE, Site
from remit.app.control import Control, load_control
from remit.app.policies import make_book
from remit.identity.lifecycle import Step as Lifecycle
from remit.identity.registrars.agents import AgentTerms
from remit.identity.registrars.bindings import Subject
from remit.kernel.canonical import canonicalize, digest_bytes
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import ROOT_TENANT
from remit.policy.authorize import authorize_call
from remit.policy.request import CallRequest, Facts
from remit.remits.remit import AuthorityEntry, Remit
from remit.remits.states import Step
from remit.remits.terms import RemitTerms
from remit.signals.targets import Target, agent_target, remit_target, tool_server_target
from remit.storage.sqlite.journal import open_journal

_AT_A_TIME = 256
_ASKING = 64
_REASON = "seeded by the bench"
_ENDS = datetime(2099, 1, 1, tzinfo=UTC)


async def grow(site: Site, agents: int) -> None:
    """Register agents until there are so many."""
    clock, entropy = SystemClock(), SystemEntropy()
    journal = open_journal(site.home, clock, entropy)
    try:
        control = load_control(site.home, journal, clock, entropy)
        there = sum(1 for _ in control.directory.agents.of(ROOT_TENANT))
        for first in range(there, agents, _AT_A_TIME):
            numbers = range(first, min(first + _AT_A_TIME, agents))
            await asyncio.gather(*(_add(control, number) for number in numbers))
    finally:
        await journal.aclose()


async def _add(control: Control, number: int) -> None:
    directory, name = control.directory, f"agent-{number}"
    human = directory.humans.load_named(ROOT_TENANT, HUMAN).id
    issuer = directory.issuers.load_named(ROOT_TENANT, "platform").id
    server = directory.tool_servers.load_named(ROOT_TENANT, SERVER_NAME)
    terms = AgentTerms("bench", frozenset({PURPOSE}), "bench")
    agent = await control.agents.register(ROOT_TENANT, name, terms, owner=human, by=human)
    activate = control.agents.step
    await activate(ROOT_TENANT, agent.id, Lifecycle.ACTIVATE, by=human, reason=_REASON)
    subject = Subject(issuer, {"sub": f"workload:{number}"}, agent.id)
    await control.bindings.bind(ROOT_TENANT, name, subject, by=human)
    entry = AuthorityEntry(server.id, dict.fromkeys(server.tools, ()), 0)
    asked = RemitTerms(PURPOSE, (entry,), datetime.now(UTC), _ENDS)
    remit = await control.remits.create(ROOT_TENANT, name, agent.id, asked, by=human)
    await control.remits.step(ROOT_TENANT, remit.id, Step.ACTIVATE, by=human, reason=_REASON)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Microseconds for one decision: some agents asking in turn, in rounds."""

    rounds: tuple[float, ...]


async def decide(site: Site, rounds: int) -> Deciding:
    """What it costs to decide on a write, for agents from all over the registry in turn."""
    clock, entropy = SystemClock(), SystemEntropy()
    journal = open_journal(site.home, clock, entropy)
    try:
        control = load_control(site.home, journal, clock, entropy)
        book = make_book(control, journal, entropy)
        book.load(journal)
        requests = _requests(control)
        took = []
        for _ in range(rounds + 1):
            began = time.perf_counter()
            for _ in range(10):
                for request, path in requests:
                    clearance = control.stops.clear(ROOT_TENANT, path)
                    authorize_call(request, clearance, book.engine)
            took.append((time.perf_counter() - began) / (10 * len(requests)) * 1e6)
        return Deciding(tuple(took[1:]))
    finally:
        await journal.aclose()


def _requests(control: Control) -> Sequence[tuple[CallRequest, tuple[Target, ...]]]:
    remits = tuple(control.book.of(ROOT_TENANT))
    step = max(1, len(remits) // _ASKING)
    return [_request(control, remit) for remit in islice(remits, 0, None, step)]


def _request(control: Control, remit: Remit) -> tuple[CallRequest, tuple[Target, ...]]:
    server = control.directory.tool_servers.load_named(ROOT_TENANT, SERVER_NAME)
    canonical = canonicalize(ARGUMENTS)
    request = CallRequest(
        agent=control.directory.agents.load(ROOT_TENANT, remit.agent),
        remit=remit,
        tool_server=server,
        tool=server.tools["write_note"],
        arguments=ARGUMENTS,
        canonical_arguments=canonical,
        arguments_digest=digest_bytes(canonical),
        facts=Facts(bound=True, depth=0, at=datetime.now(UTC)),
    )
    path = (
        agent_target(ROOT_TENANT, remit.agent),
        remit_target(ROOT_TENANT, remit.id),
        tool_server_target(ROOT_TENANT, server.id),
    )
    return request, path
