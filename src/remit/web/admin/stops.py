"""Stops: placed by name, in force when the answer comes; lifted one by one."""

from typing import Any, Literal

from remit.identity.directory import Directory
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, HumanId, StopId
from remit.remits.book import RemitBook
from remit.signals.stop import Stop
from remit.signals.stops import Stops
from remit.signals.targets import (
    Target,
    agent_target,
    everything,
    remit_target,
    tool_server_target,
)
from remit.web.admin.action import Action, Asked


class NewStop(Asked, frozen=True, kw_only=True):
    """What to stop, and why. `everything` has no name."""

    kind: Literal["agent", "remit", "tool", "everything"]
    reason: str
    name: str | None = None


class Lift(Asked, frozen=True, kw_only=True):
    """Which stop to lift, and why."""

    stop: str
    reason: str


class Which(Asked, frozen=True, kw_only=True):
    """Whether lifted stops are listed too."""

    lifted: bool = False


class StopActions:
    """The kill switch."""

    def __init__(self, directory: Directory, book: RemitBook, stops: Stops) -> None:
        self._directory = directory
        self._book = book
        self._stops = stops

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        return (
            Action("/v1/stops/stop", NewStop, self._stop),
            Action("/v1/stops/lift", Lift, self._lift),
            Action("/v1/stops/list", Which, self._list),
        )

    async def _stop(self, by: HumanId, asked: NewStop) -> dict[str, Any]:
        target = self._target(asked)
        return self._describe(await self._stops.stop(target, by=by, reason=asked.reason))

    async def _lift(self, by: HumanId, asked: Lift) -> dict[str, Any]:
        lifted = await self._stops.lift(ROOT_TENANT, StopId(asked.stop), by=by, reason=asked.reason)
        return self._describe(lifted)

    async def _list(self, by: HumanId, asked: Which) -> list[dict[str, Any]]:
        return [
            self._describe(stop)
            for stop in self._stops.of(ROOT_TENANT)
            if asked.lifted or stop.lifted is None
        ]

    def _target(self, asked: NewStop) -> Target:
        if (asked.name is None) != (asked.kind == "everything"):
            raise Malformed("give the name of what to stop; everything has none")
        name = asked.name or ""
        match asked.kind:
            case "agent":
                agent = self._directory.agents.load_named(ROOT_TENANT, name)
                return agent_target(ROOT_TENANT, agent.id)
            case "remit":
                return remit_target(ROOT_TENANT, self._book.load_named(ROOT_TENANT, name).id)
            case "tool":
                server = self._directory.tool_servers.load_named(ROOT_TENANT, name)
                return tool_server_target(ROOT_TENANT, server.id)
            case "everything":
                return everything(ROOT_TENANT)

    def _describe(self, stop: Stop) -> dict[str, Any]:
        lifted = stop.lifted
        return {
            "id": stop.id,
            "kind": stop.target.kind.value,
            "target": stop.target.key,
            "reason": stop.reason,
            "by": self._directory.humans.load(ROOT_TENANT, stop.by).name,
            "at": stop.at.isoformat(),
            "lifted_at": None if lifted is None else lifted.at.isoformat(),
        }
