"""The verbs on agents: register, amend, transfer, and the steps of the lifecycle.

Each is one transaction: the new value, one record, and, wherever something ends, the agent's
watermark, so that tokens of before are dead and calls under way are cut when the verb returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from remit.audit.journal import Change, ControlState, RequireDocument
from remit.audit.records import Record
from remit.identity.desk import Desk, load_each, put
from remit.identity.documents.principals import AGENT, HUMAN, decode_agent, encode_agent
from remit.identity.lifecycle import IllegalTransition, Step, next_state
from remit.identity.naming import verify_name, verify_word
from remit.identity.principals import Agent, AgentState
from remit.identity.records import (
    AgentActivated,
    AgentAmended,
    AgentQuarantined,
    AgentRegistered,
    AgentReinstated,
    AgentRetired,
    AgentStepped,
    AgentSuspended,
    AgentTransferred,
)
from remit.kernel.canonical import digest_bytes
from remit.kernel.errors import Malformed
from remit.kernel.ids import AgentId, HumanId, TenantId, draw_id
from remit.signals.reason import verify_reason
from remit.signals.targets import agent_target

MAX_PURPOSES = 64

_RECORD_OF: dict[Step, type[AgentStepped]] = {
    Step.ACTIVATE: AgentActivated,
    Step.SUSPEND: AgentSuspended,
    Step.REINSTATE: AgentReinstated,
    Step.QUARANTINE: AgentQuarantined,
    Step.RETIRE: AgentRetired,
}
# These give; the others take away, and end what was given before.
_GIVING = frozenset({Step.ACTIVATE, Step.REINSTATE})


@dataclass(frozen=True, slots=True)
class AgentTerms:
    """What an agent is, and for what; its owner is told apart."""

    system: str
    purposes: frozenset[str]
    environment: str


class AgentRegistrar:
    """The verbs on agents. `revision` None: whichever it has now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._agents = desk.directory.agents

    def load(self, state: ControlState) -> None:
        load_each(state, AGENT, lambda document: self._keep(decode_agent(document)))

    async def register(
        self, tenant: TenantId, name: str, terms: AgentTerms, *, owner: HumanId, by: HumanId
    ) -> Agent:
        """A proposed agent. Its owner is a human of the tenant; else NotFound."""
        self._desk.verify_author(tenant, by)
        requires = self._require_owner(tenant, owner)
        self._agents.verify_free(tenant, verify_name(name))
        agent = Agent(
            tenant=tenant,
            id=draw_id(AgentId, self._desk.entropy),
            name=name,
            owner=owner,
            system=verify_word(terms.system, "a system"),
            purposes=_verify_purposes(terms.purposes),
            environment=verify_word(terms.environment, "an environment"),
            state=AgentState.PROPOSED,
            revision=1,
        )
        record = AgentRegistered(
            tenant=tenant,
            agent=agent.id,
            name=name,
            owner=owner,
            by=by,
            digest=digest_bytes(encode_agent(agent).body),
        )
        await self._commit(agent, record, (requires,))
        return agent

    async def amend(
        self,
        tenant: TenantId,
        agent: AgentId,
        terms: AgentTerms,
        *,
        by: HumanId,
        revision: int | None = None,
    ) -> Agent:
        """Another system, environment or set of purposes. Tokens live on only if purposes grew."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, agent, revision)
        after = replace(
            before,
            system=verify_word(terms.system, "a system"),
            purposes=_verify_purposes(terms.purposes),
            environment=verify_word(terms.environment, "an environment"),
            revision=before.revision + 1,
        )
        record = AgentAmended(
            tenant=tenant, agent=agent, by=by, digest=digest_bytes(encode_agent(after).body)
        )
        grew = after.purposes >= before.purposes
        moved = (after.system, after.environment) != (before.system, before.environment)
        if grew and not moved:
            await self._commit(after, record)
        else:
            await self._supersede(after, record)
        return after

    async def transfer(
        self,
        tenant: TenantId,
        agent: AgentId,
        owner: HumanId,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> Agent:
        """Another owner. What the agent was given under the former one ends."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, agent, revision)
        requires = self._require_owner(tenant, owner)
        if owner == before.owner:
            raise Malformed(f"{owner} owns {agent} already")
        after = replace(before, owner=owner, revision=before.revision + 1)
        record = AgentTransferred(
            tenant=tenant,
            agent=agent,
            owner_before=before.owner,
            owner=owner,
            reason=verify_reason(reason),
            by=by,
        )
        await self._supersede(after, record, (requires,))
        return after

    async def step(
        self,
        tenant: TenantId,
        agent: AgentId,
        step: Step,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> Agent:
        """Take a step of the lifecycle; raises IllegalTransition where the state forbids it."""
        self._desk.verify_author(tenant, by)
        before = self._agents.load_at(tenant, agent, revision)
        state = next_state(before.state, step)
        after = replace(before, state=state, revision=before.revision + 1)
        record = _RECORD_OF[step](
            tenant=tenant,
            agent=agent,
            state_before=before.state.value,
            reason=verify_reason(reason),
            by=by,
        )
        if step in _GIVING:
            await self._commit(after, record)
        else:
            await self._supersede(after, record)
        return after

    def _load_living(self, tenant: TenantId, agent: AgentId, revision: int | None) -> Agent:
        found = self._agents.load_at(tenant, agent, revision)
        if found.state is AgentState.RETIRED:
            raise IllegalTransition(f"agent {agent} is retired")
        return found

    def _require_owner(self, tenant: TenantId, owner: HumanId) -> RequireDocument:
        human = self._desk.directory.humans.load(tenant, owner)
        return RequireDocument(tenant, HUMAN, human.id, human.revision)

    async def _commit(self, agent: Agent, record: Record, more: Sequence[Change] = ()) -> None:
        changes = (put(encode_agent(agent)), *more)
        await self._desk.commit(record, changes, lambda: self._keep(agent))

    async def _supersede(self, agent: Agent, record: Record, more: Sequence[Change] = ()) -> None:
        target = agent_target(agent.tenant, agent.id)
        changes = (put(encode_agent(agent)), *more)
        await self._desk.supersede((target,), record, changes, lambda: self._keep(agent))

    def _keep(self, agent: Agent) -> None:
        self._agents.put(agent.id, agent)


def _verify_purposes(purposes: frozenset[str]) -> frozenset[str]:
    if not 1 <= len(purposes) <= MAX_PURPOSES:
        raise Malformed(f"an agent has between 1 and {MAX_PURPOSES} purposes")
    return frozenset(verify_word(purpose, "a purpose") for purpose in purposes)
