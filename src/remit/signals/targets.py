"""What a stop can name. A target's text is its key in the journal and in a token's epochs."""

from dataclasses import dataclass
from enum import StrEnum

from remit.kernel.ids import AgentId, RemitId, TenantId, ToolServerId


class TargetKind(StrEnum):
    """The kinds of target in force today; DESIGN.md section 1 lists those to come."""

    AGENT = "agent"
    REMIT = "remit"
    TOOL_SERVER = "tool_server"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a tenant; `id` is empty for everything."""

    tenant: TenantId
    kind: TargetKind
    id: str

    @property
    def key(self) -> str:
        """The text that watermarks and epochs are kept under: the id itself, or `everything`."""
        return self.id or self.kind.value


def everything(tenant: TenantId) -> Target:
    return Target(tenant, TargetKind.EVERYTHING, "")


def agent_target(tenant: TenantId, agent: AgentId) -> Target:
    return Target(tenant, TargetKind.AGENT, agent)


def remit_target(tenant: TenantId, remit: RemitId) -> Target:
    return Target(tenant, TargetKind.REMIT, remit)


def tool_server_target(tenant: TenantId, tool_server: ToolServerId) -> Target:
    return Target(tenant, TargetKind.TOOL_SERVER, tool_server)
