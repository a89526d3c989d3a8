"""Remits: what each agent has been given, and its end."""

from functools import partial
from typing import Any

from remit.identity.directory import Directory
from remit.kernel.ids import ROOT_TENANT, HumanId, ToolServerId
from remit.remits.book import RemitBook
from remit.remits.remit import Constraint, OneOf, Remit
from remit.remits.remits import Remits
from remit.remits.states import Step
from remit.web.admin.action import Action
from remit.web.admin.asked import Named, NamedWithReason, Nothing


class RemitActions:
    """What can be done with remits."""

    def __init__(self, directory: Directory, book: RemitBook, remits: Remits) -> None:
        self._directory = directory
        self._book = book
        self._remits = remits

    def actions(self) -> tuple[Action, ...]:
        """The verbs; `stop` goes through whatever other verb is under way."""
        steps = tuple(
            Action(f"/v1/remits/{step.value}", NamedWithReason, partial(self._take, step))
            for step in Step
            if step is not Step.STOP
        )
        return (
            Action("/v1/remits/list", Nothing, self._list),
            Action("/v1/remits/show", Named, self._show),
            Action("/v1/remits/stop", NamedWithReason, self._stop),
            *steps,
        )

    async def _list(self, by: HumanId, asked: Nothing) -> list[dict[str, Any]]:
        return [self._describe(remit) for remit in self._book.of(ROOT_TENANT)]

    async def _show(self, by: HumanId, asked: Named) -> dict[str, Any]:
        remit = self._book.load_named(ROOT_TENANT, asked.name)
        authority = [
            {
                "server": self._server(entry.tool_server),
                "tools": {
                    name: [_describe_constraint(each) for each in constraints]
                    for name, constraints in entry.tools.items()
                },
                "delegation_depth": entry.delegation_depth,
            }
            for entry in remit.authority
        ]
        return {
            **self._describe(remit),
            "authority": authority,
            "authority_hash": remit.authority_hash,
            "max_derivations": remit.max_derivations,
        }

    async def _stop(self, by: HumanId, asked: NamedWithReason) -> dict[str, Any]:
        return self._describe(
            await self._remits.stop(ROOT_TENANT, asked.name, by=by, reason=asked.reason)
        )

    async def _take(self, step: Step, by: HumanId, asked: NamedWithReason) -> dict[str, Any]:
        remit = self._book.load_named(ROOT_TENANT, asked.name)
        after = await self._remits.step(ROOT_TENANT, remit.id, step, by=by, reason=asked.reason)
        return self._describe(after)

    def _describe(self, remit: Remit) -> dict[str, Any]:
        return {
            "name": remit.name,
            "id": remit.id,
            "agent": self._directory.agents.load(ROOT_TENANT, remit.agent).name,
            "state": remit.state.value,
            "purpose": remit.purpose,
            "not_before": remit.not_before.isoformat(),
            "expires_at": remit.expires_at.isoformat(),
            "tools": [
                f"{self._server(entry.tool_server)}/{name}"
                for entry in remit.authority
                for name in entry.tools
            ],
            "revision": remit.revision,
        }

    def _server(self, tool_server: ToolServerId) -> str:
        return self._directory.tool_servers.load(ROOT_TENANT, tool_server).name


def _describe_constraint(constraint: Constraint) -> dict[str, Any]:
    if isinstance(constraint, OneOf):
        return {"argument": constraint.argument, "one_of": list(constraint.values)}
    return {"argument": constraint.argument, "at_most": constraint.maximum}
