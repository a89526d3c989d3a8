"""What is decided on: a call of one tool, or a token for one tool server, in Cedar's words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from remit.identity.tools import Tool, ToolServer
from remit.kernel.canonical import Json
from remit.policy.argument_types import RecordOf
from remit.policy.arguments import load_contract
from remit.policy.engines.cedar.documents import CedarPolicy
from remit.policy.engines.cedar.scope import ACTION, AGENT, CATALOGUE, SERVER, TOOL, Uid

CALL = "call"
MINT = "mint"
# No name may be empty or hold a slash, so that nothing is called like these.
_CATALOGUE: Uid = (CATALOGUE, "catalogue")

TargetKey: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """One action on one resource; `record` is what a call's arguments are (None for a token)."""

    action: str
    groups: tuple[str, ...]
    resource: Uid
    parents: tuple[Uid, ...]
    attributes: Mapping[str, Json]
    parent_attributes: Mapping[str, Json]
    record: RecordOf | None

    def concerns(self, policy: CedarPolicy) -> bool:
        """Whether a policy can apply here, for some agent."""
        scope = policy.scope
        if scope.principal.kind not in {None, AGENT} or scope.agents == frozenset():
            return False
        groups = {(ACTION, group) for group in self.groups}
        return scope.action.admits((ACTION, self.action), groups) and scope.resource.admits(
            self.resource, frozenset(self.parents)
        )


def call_of(tool_server: ToolServer, tool: Tool) -> Target:
    """A call of a tool. Raises SchemaUnusable."""
    name = f"{tool_server.name}/{tool.name}"
    return Target(
        action=name,
        groups=(tool.risk.value, CALL),
        resource=(TOOL, name),
        parents=((SERVER, tool_server.name),),
        attributes={
            "name": tool.name,
            "risk": tool.risk.value,
            "classes": sorted(tool.data_classes),
        },
        parent_attributes={"protocol": tool_server.protocol.value},
        record=load_contract(tool.input_schema).record,
    )


def mint_for(tool_server: ToolServer | None) -> Target:
    """A token for a tool server; None: for the catalogue."""
    if tool_server is None:
        return Target(MINT, (), _CATALOGUE, (), {}, {}, None)
    attributes = {"protocol": tool_server.protocol.value}
    return Target(MINT, (), (SERVER, tool_server.name), (), attributes, {}, None)
