"""The verbs on remits.

Each is one transaction: the new value, one record, and, wherever something ends, the remit's
watermark, so that tokens of before are dead and calls under way are cut when the verb returns.
Stopping needs a name and nothing else, and stops this remit alone: the agent's others go on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from remit.audit.journal import Change, ControlState, CountUp, Journal, RequireDocument
from remit.audit.records import Record
from remit.identity.desk import Desk, load_each, put
from remit.identity.directory import Directory
from remit.identity.documents.principals import AGENT
from remit.identity.naming import verify_name
from remit.identity.principals import Agent
from remit.kernel.clock import Clock, to_millis
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict
from remit.kernel.ids import AgentId, HumanId, RemitId, TenantId, draw_id
from remit.remits.authority import hash_authority, is_within
from remit.remits.book import KIND, RemitBook
from remit.remits.document import decode_remit, encode_remit
from remit.remits.records import (
    RemitActivated,
    RemitCompleted,
    RemitCreated,
    RemitReinstated,
    RemitRevised,
    RemitStepped,
    RemitStopped,
    RemitSuspended,
)
from remit.remits.remit import Remit, RemitState
from remit.remits.states import FINAL, IllegalTransition, Step, next_state
from remit.remits.terms import RemitTerms, verify_terms
from remit.signals.reason import verify_reason
from remit.signals.stops import Stops
from remit.signals.targets import remit_target

_RECORD_OF: Mapping[Step, type[RemitStepped]] = {
    Step.ACTIVATE: RemitActivated,
    Step.SUSPEND: RemitSuspended,
    Step.REINSTATE: RemitReinstated,
    Step.STOP: RemitStopped,
    Step.COMPLETE: RemitCompleted,
}
# These give; the others take away, and end what was given before.
_GIVING = frozenset({Step.ACTIVATE, Step.REINSTATE})
# How often a stop tries again when other verbs on the same remit are committed before it.
_STOP_ATTEMPTS = 16


def count_derivation(remit: Remit) -> CountUp:
    """The change that counts one more token under a remit, up to its limit."""
    return CountUp(remit.tenant, f"derivations:{remit.id}", remit.max_derivations)


class Remits:
    """The verbs on remits. `revision` None: whichever it has now."""

    def __init__(
        self,
        journal: Journal,
        stops: Stops,
        directory: Directory,
        book: RemitBook,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._desk = Desk(journal, stops, directory, entropy)
        self._directory = directory
        self._book = book
        self._clock = clock

    def load(self, state: ControlState) -> None:
        """Fill the book with what the journal has committed."""
        load_each(state, KIND, lambda document: self._book.put(decode_remit(document)))

    async def create(
        self, tenant: TenantId, name: str, agent: AgentId, terms: RemitTerms, *, by: HumanId
    ) -> Remit:
        """A proposed remit of an agent; it permits nothing until it is activated."""
        self._desk.verify_author(tenant, by)
        self._book.roll.verify_free(tenant, verify_name(name))
        whose = self._directory.agents.load(tenant, agent)
        verified = verify_terms(terms, whose, self._directory, self._clock.now())
        remit = Remit(
            tenant=tenant,
            id=draw_id(RemitId, self._desk.entropy),
            name=name,
            agent=agent,
            purpose=verified.purpose,
            authority=verified.authority,
            authority_hash=hash_authority(agent, verified.purpose, verified.authority),
            not_before=verified.not_before,
            expires_at=verified.expires_at,
            max_derivations=verified.max_derivations,
            state=RemitState.PROPOSED,
            revision=1,
        )
        record = RemitCreated(
            tenant=tenant,
            remit=remit.id,
            name=name,
            agent=agent,
            purpose=remit.purpose,
            authority_hash=remit.authority_hash,
            not_before=to_millis(remit.not_before),
            expires_at=to_millis(remit.expires_at),
            max_derivations=remit.max_derivations,
            by=by,
        )
        await self._commit(remit, record, (_require_agent(whose),))
        return remit

    async def revise(
        self,
        tenant: TenantId,
        remit: RemitId,
        terms: RemitTerms,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> Remit:
        """Other terms for the same unit of work. Its state stays; its tokens are dead."""
        self._desk.verify_author(tenant, by)
        before = self._book.roll.load_at(tenant, remit, revision)
        if before.state in FINAL:
            raise IllegalTransition(f"cannot revise what is {before.state}")
        whose = self._directory.agents.load(tenant, before.agent)
        verified = verify_terms(terms, whose, self._directory, self._clock.now())
        after = replace(
            before,
            purpose=verified.purpose,
            authority=verified.authority,
            authority_hash=hash_authority(before.agent, verified.purpose, verified.authority),
            not_before=verified.not_before,
            expires_at=verified.expires_at,
            max_derivations=verified.max_derivations,
            revision=before.revision + 1,
        )
        record = RemitRevised(
            tenant=tenant,
            remit=remit,
            revision=after.revision,
            purpose=after.purpose,
            authority_hash_before=before.authority_hash,
            authority_hash=after.authority_hash,
            not_before=to_millis(after.not_before),
            expires_at=to_millis(after.expires_at),
            max_derivations=after.max_derivations,
            widened=not _is_narrower(after, before),
            reason=verify_reason(reason),
            by=by,
        )
        await self._supersede(after, record, (_require_agent(whose),))
        return after

    async def step(
        self,
        tenant: TenantId,
        remit: RemitId,
        step: Step,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> Remit:
        """Take a step; raises IllegalTransition where the state forbids it.

        What is over cannot be activated or reinstated, nor can a remit whose time is over.
        """
        self._desk.verify_author(tenant, by)
        before = self._book.roll.load_at(tenant, remit, revision)
        after = replace(before, state=next_state(before.state, step), revision=before.revision + 1)
        record = _RECORD_OF[step](
            tenant=tenant,
            remit=remit,
            state_before=before.state.value,
            reason=verify_reason(reason),
            by=by,
        )
        if step not in _GIVING:
            await self._supersede(after, record)
            return after
        if self._clock.now() >= before.expires_at:
            raise IllegalTransition(f"cannot {step} what expired at {before.expires_at}")
        await self._commit(after, record)
        return after

    async def stop(self, tenant: TenantId, name: str, *, by: HumanId, reason: str) -> Remit:
        """Stop a remit by name, for ever. Another verb that is committed first does not save it.

        Raises NotFound, or IllegalTransition where it is over already.
        """
        for _ in range(_STOP_ATTEMPTS):
            found = self._book.load_named(tenant, name)
            try:
                return await self.step(tenant, found.id, Step.STOP, by=by, reason=reason)
            except IllegalTransition:
                raise
            except Conflict:
                # The other verb's value is in memory at the next turn of the event loop.
                await asyncio.sleep(0)
        raise Conflict(f"{name!r} changed {_STOP_ATTEMPTS} times while it was being stopped")

    async def _commit(self, remit: Remit, record: Record, more: Sequence[Change] = ()) -> None:
        changes = (put(encode_remit(remit)), *more)
        await self._desk.commit(record, changes, lambda: self._book.put(remit))

    async def _supersede(self, remit: Remit, record: Record, more: Sequence[Change] = ()) -> None:
        target = remit_target(remit.tenant, remit.id)
        changes = (put(encode_remit(remit)), *more)
        await self._desk.supersede((target,), record, changes, lambda: self._book.put(remit))


def _require_agent(agent: Agent) -> RequireDocument:
    return RequireDocument(agent.tenant, AGENT, agent.id, agent.revision)


def _is_narrower(after: Remit, before: Remit) -> bool:
    before_limit = before.max_derivations
    after_limit = after.max_derivations
    fewer = before_limit is None or (after_limit is not None and after_limit <= before_limit)
    return (
        fewer
        and after.purpose == before.purpose
        and before.not_before <= after.not_before
        and after.expires_at <= before.expires_at
        and is_within(after.authority, before.authority)
    )
