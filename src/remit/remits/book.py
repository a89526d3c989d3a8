"""The remits of all tenants in memory, by id, by name, by agent, and by what they reach."""

from collections.abc import Hashable, Iterator
from typing import TypeVar

from remit.identity.roll import Roll
from remit.kernel.ids import AgentId, RemitId, TenantId, ToolServerId
from remit.remits.remit import Remit
from remit.remits.states import FINAL

# What the journal keeps remits under.
KIND = "remit"

K = TypeVar("K", bound=Hashable)


class RemitBook:
    """Replacing a remit costs as much as it has entries. Only `Remits` puts any in."""

    def __init__(self) -> None:
        self._roll: Roll[RemitId, Remit] = Roll("remit")
        self._of_agent: dict[tuple[TenantId, AgentId], dict[RemitId, Remit]] = {}
        self._living: dict[tuple[TenantId, AgentId, ToolServerId], dict[RemitId, Remit]] = {}

    @property
    def roll(self) -> Roll[RemitId, Remit]:
        """All remits, with the names that are taken."""
        return self._roll

    def find(self, tenant: TenantId, remit: RemitId) -> Remit | None:
        """The remit of an id, whatever its state."""
        return self._roll.find(tenant, remit)

    def load(self, tenant: TenantId, remit: RemitId) -> Remit:
        """The remit of an id, whatever its state; raises NotFound."""
        return self._roll.load(tenant, remit)

    def find_named(self, tenant: TenantId, name: str) -> Remit | None:
        """The remit of a name, whatever its state."""
        return self._roll.find_named(tenant, name)

    def load_named(self, tenant: TenantId, name: str) -> Remit:
        """The remit of a name, whatever its state; raises NotFound."""
        return self._roll.load_named(tenant, name)

    def of(self, tenant: TenantId) -> Iterator[Remit]:
        """All remits of a tenant, in order of creation."""
        return self._roll.of(tenant)

    def of_agent(self, tenant: TenantId, agent: AgentId) -> tuple[Remit, ...]:
        """All remits of an agent that are not over, whatever else their state."""
        return tuple(self._of_agent.get((tenant, agent), {}).values())

    def covering(
        self, tenant: TenantId, agent: AgentId, tool_server: ToolServerId
    ) -> tuple[Remit, ...]:
        """Those of them that reach a tool server."""
        return tuple(self._living.get((tenant, agent, tool_server), {}).values())

    def put(self, remit: Remit) -> None:
        """Enter a remit, or replace it. For the verbs that have committed it, and for loading."""
        before = self._roll.find(remit.tenant, remit.id)
        if before is not None:
            self._withdraw(before)
        self._roll.put(remit.id, remit)
        if remit.state in FINAL:
            return
        self._of_agent.setdefault((remit.tenant, remit.agent), {})[remit.id] = remit
        for entry in remit.authority:
            key = (remit.tenant, remit.agent, entry.tool_server)
            self._living.setdefault(key, {})[remit.id] = remit

    def _withdraw(self, remit: Remit) -> None:
        _drop(self._of_agent, (remit.tenant, remit.agent), remit.id)
        for entry in remit.authority:
            _drop(self._living, (remit.tenant, remit.agent, entry.tool_server), remit.id)


def _drop(index: dict[K, dict[RemitId, Remit]], key: K, remit: RemitId) -> None:
    remits = index.get(key, {})
    remits.pop(remit, None)
    if not remits:
        index.pop(key, None)
