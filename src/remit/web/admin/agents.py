"""Agents: the inventory and the lifecycle."""

from functools import partial
from typing import Any

from remit.identity.directory import Directory
from remit.identity.lifecycle import Step
from remit.identity.principals import Agent
from remit.identity.registrars.agents import AgentRegistrar
from remit.kernel.ids import ROOT_TENANT, HumanId
from remit.web.admin.action import Action
from remit.web.admin.asked import Named, NamedWithReason, Nothing


class Transfer(NamedWithReason, frozen=True, kw_only=True):
    """An agent and its new owner."""

    owner: str


class AgentActions:
    """What can be done with agents."""

    def __init__(self, directory: Directory, registrar: AgentRegistrar) -> None:
        self._directory = directory
        self._registrar = registrar

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        steps = tuple(
            Action(f"/v1/agents/{step.value}", NamedWithReason, partial(self._take, step))
            for step in Step
        )
        return (
            Action("/v1/agents/list", Nothing, self._list),
            Action("/v1/agents/show", Named, self._show),
            Action("/v1/agents/transfer", Transfer, self._transfer),
            *steps,
        )

    async def _list(self, by: HumanId, asked: Nothing) -> list[dict[str, Any]]:
        return [self._describe(agent) for agent in self._directory.agents.of(ROOT_TENANT)]

    async def _show(self, by: HumanId, asked: Named) -> dict[str, Any]:
        agent = self._directory.agents.load_named(ROOT_TENANT, asked.name)
        identities = [
            {
                "name": binding.name,
                "issuer": self._directory.issuers.load(ROOT_TENANT, binding.issuer).issuer,
                "claims": dict(binding.claims),
            }
            for binding in self._directory.bindings.of(ROOT_TENANT)
            if binding.agent == agent.id and not binding.retired
        ]
        return {**self._describe(agent), "identities": identities}

    async def _transfer(self, by: HumanId, asked: Transfer) -> dict[str, Any]:
        agent = self._directory.agents.load_named(ROOT_TENANT, asked.name)
        owner = self._directory.humans.load_named(ROOT_TENANT, asked.owner)
        after = await self._registrar.transfer(
            ROOT_TENANT, agent.id, owner.id, by=by, reason=asked.reason
        )
        return self._describe(after)

    async def _take(self, step: Step, by: HumanId, asked: NamedWithReason) -> dict[str, Any]:
        agent = self._directory.agents.load_named(ROOT_TENANT, asked.name)
        after = await self._registrar.step(ROOT_TENANT, agent.id, step, by=by, reason=asked.reason)
        return self._describe(after)

    def _describe(self, agent: Agent) -> dict[str, Any]:
        return {
            "name": agent.name,
            "id": agent.id,
            "state": agent.state.value,
            "owner": self._directory.humans.load(ROOT_TENANT, agent.owner).name,
            "system": agent.system,
            "environment": agent.environment,
            "purposes": sorted(agent.purposes),
            "revision": agent.revision,
        }
