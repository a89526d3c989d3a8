"""What stands now behind a verified caller: the agent, the remit and the tool server, from memory.

Resolved once for each call, in one step without an await, so that a decision sees one state of the
world: only an active agent, under exactly the revision of an active remit that its token names.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remit.identity.directory import Directory
from remit.identity.principals import Agent, AgentState
from remit.identity.tools import ToolServer
from remit.kernel.clock import Clock
from remit.kernel.ids import RemitId, TenantId
from remit.kernel.oauth import InvalidToken
from remit.policy.decision import Denied
from remit.proxy.caller import Caller
from remit.proxy.errors import UnknownRoute
from remit.proxy.routes import Route
from remit.remits.remit import Remit, RemitState
from remit.signals.clearance import Clearance
from remit.signals.stops import Stops
from remit.signals.targets import Target, agent_target, remit_target, tool_server_target


class Remits(Protocol):
    """The remits in memory."""

    def find(self, tenant: TenantId, remit: RemitId) -> Remit | None:
        """The remit of an id, whatever its state."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """One call's world. `tool_server` None: the catalogue. `path` is what a stop could name."""

    caller: Caller
    agent: Agent
    remit: Remit
    tool_server: ToolServer | None
    path: tuple[Target, ...]
    at: datetime


class Standings:
    """Resolves what stands. `tenant` is the one whose URL this is."""

    def __init__(
        self,
        tenant: TenantId,
        directory: Directory,
        remits: Remits,
        stops: Stops,
        clock: Clock,
    ) -> None:
        self._tenant = tenant
        self._directory = directory
        self._remits = remits
        self._stops = stops
        self._clock = clock

    def resolve(self, caller: Caller, route: Route) -> Standing:
        """What stands now. Raises InvalidToken, UnknownRoute, Denied (inactive)."""
        claims, now = caller.claims, self._clock.now()
        if claims.tenant != self._tenant:
            raise InvalidToken("a token of another tenant")
        agent = self._directory.agents.find(self._tenant, claims.agent)
        remit = self._remits.find(self._tenant, claims.remit)
        if agent is None or remit is None or remit.agent != agent.id:
            raise InvalidToken("a token of an agent or a remit that is not there")
        if agent.state is not AgentState.ACTIVE:
            raise Denied("agent_inactive", f"{agent.id} is {agent.state}")
        check_remit(remit, caller, now)
        path: tuple[Target, ...] = (
            agent_target(self._tenant, agent.id),
            remit_target(self._tenant, remit.id),
        )
        server = self._find_server(route)
        if server is not None:
            path = (*path, tool_server_target(self._tenant, server.id))
        return Standing(caller, agent, remit, server, path, now)

    def clear(self, standing: Standing) -> Clearance:
        """The evidence that nothing on the path is stopped, nor was since the token was minted."""
        return self._stops.clear_under(self._tenant, standing.path, standing.caller.claims.epochs)

    def _find_server(self, route: Route) -> ToolServer | None:
        if not route.name:
            return None
        server = self._directory.tool_servers.find_named(self._tenant, route.name)
        if server is None or server.retired:
            raise UnknownRoute("no such tool server, or a retired one")
        return server


def check_remit(remit: Remit, caller: Caller, now: datetime) -> None:
    """Raises where the remit is not exactly what the token was minted under, and active now."""
    claims = caller.claims
    if remit.revision != claims.remit_revision or remit.authority_hash != claims.authority_hash:
        raise Denied("remit_inactive", f"a token of revision {claims.remit_revision} of {remit.id}")
    if remit.state is not RemitState.ACTIVE:
        raise Denied("remit_inactive", f"{remit.id} is {remit.state}")
    if not remit.not_before <= now < remit.expires_at:
        raise Denied("remit_inactive", f"{remit.id} has expired, or has not begun")
