"""A remit: the approved unit of work. Only exactly `active` permits anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from remit.kernel.ids import AgentId, RemitId, TenantId, ToolServerId


class RemitState(StrEnum):
    """States; the transitions stand in `remits/states.py`."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class OneOf:
    """The argument (top-level name) must be present and one of these values."""

    argument: str
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class AtMost:
    """The argument must be present, an integer, and at most this."""

    argument: str
    maximum: int


Constraint: TypeAlias = OneOf | AtMost


@dataclass(frozen=True, slots=True)
class AuthorityEntry:
    """What the remit gives on one tool server: tools by exact name, each with its constraints.

    `tools` maps a tool's name to the constraints on its arguments; `delegation_depth` is how many
    times this authority may be handed on (0: not at all).
    """

    tool_server: ToolServerId
    tools: Mapping[str, tuple[Constraint, ...]]
    delegation_depth: int


@dataclass(frozen=True, slots=True)
class Remit:
    """One approved unit of work. `authority_hash` commits to agent, purpose and authority.

    A new revision of the authority is a new `revision`; tokens carry the revision they were minted
    under and die with it. `max_derivations` limits how many tokens may ever be minted (None: any
    number).
    """

    tenant: TenantId
    id: RemitId
    name: str
    agent: AgentId
    purpose: str
    authority: tuple[AuthorityEntry, ...]
    authority_hash: str
    not_before: datetime
    expires_at: datetime
    max_derivations: int | None
    state: RemitState
    revision: int
