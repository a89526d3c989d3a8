"""The five kinds of principal. An agent is not an app and not a user: a human always owns it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from remit.kernel.ids import (
    AgentId,
    AutomationRunnerId,
    HumanId,
    TenantId,
    ToolServerId,
    WorkloadId,
)


class AgentState(StrEnum):
    """The lifecycle of an agent; only `active` may get tokens or make calls."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Human:
    """A person: who owns agents, administers, approves."""

    tenant: TenantId
    id: HumanId
    name: str
    email: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class Workload:
    """A service with an identity of its own and no autonomy."""

    tenant: TenantId
    id: WorkloadId
    name: str
    owner: HumanId
    environment: str
    revision: int


@dataclass(frozen=True, slots=True)
class AutomationRunner:
    """A CI job or scheduler that runs what people wrote."""

    tenant: TenantId
    id: AutomationRunnerId
    name: str
    owner: HumanId
    environment: str
    revision: int


@dataclass(frozen=True, slots=True)
class Agent:
    """An autonomous agent: owner, system, purposes, environment, lifecycle.

    `name` is unique for ever in its tenant, so that policies may name it.
    """

    tenant: TenantId
    id: AgentId
    name: str
    owner: HumanId
    system: str
    purposes: frozenset[str]
    environment: str
    state: AgentState
    revision: int


@dataclass(frozen=True, slots=True)
class ToolPrincipal:
    """A tool server where it is itself the one that acts (callbacks, webhooks, sampling)."""

    tenant: TenantId
    id: ToolServerId
    name: str


Principal: TypeAlias = Human | Workload | AutomationRunner | Agent | ToolPrincipal
