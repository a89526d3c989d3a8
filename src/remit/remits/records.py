"""Audit records of remits. Authority stands in them as its hash."""

from remit.audit.records import Record
from remit.kernel.ids import AgentId, HumanId, RemitId


class RemitCreated(Record, frozen=True, kw_only=True, tag="remit.created"):
    """A remit was proposed; it permits nothing yet."""

    remit: RemitId
    name: str
    agent: AgentId
    purpose: str
    authority_hash: str
    not_before: int
    expires_at: int
    max_derivations: int | None
    by: HumanId


class RemitRevised(Record, frozen=True, kw_only=True, tag="remit.revised"):
    """A remit has other terms; tokens of before are dead. `widened`: not within the former ones."""

    remit: RemitId
    revision: int
    purpose: str
    authority_hash_before: str
    authority_hash: str
    not_before: int
    expires_at: int
    max_derivations: int | None
    widened: bool
    reason: str
    by: HumanId


class RemitStepped(Record, frozen=True, kw_only=True, tag="remit.stepped"):
    """What the records of a remit's states have in common."""

    remit: RemitId
    state_before: str
    reason: str
    by: HumanId


class RemitActivated(RemitStepped, frozen=True, kw_only=True, tag="remit.activated"):
    """A remit permits what its authority says."""


class RemitSuspended(RemitStepped, frozen=True, kw_only=True, tag="remit.suspended"):
    """A remit permits nothing for now; tokens of before are dead."""


class RemitReinstated(RemitStepped, frozen=True, kw_only=True, tag="remit.reinstated"):
    """A suspended remit permits again."""


class RemitStopped(RemitStepped, frozen=True, kw_only=True, tag="remit.stopped"):
    """A remit was stopped by name, and permits nothing ever again."""


class RemitCompleted(RemitStepped, frozen=True, kw_only=True, tag="remit.completed"):
    """The work is done, and the remit with it."""
