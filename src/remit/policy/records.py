"""Audit records of policies. Their text stands in them as its digest."""

from remit.audit.records import Record
from remit.kernel.ids import HumanId, PolicyId


class PolicyChanged(Record, frozen=True, kw_only=True, tag="policy.changed"):
    """What the records of policy documents have in common; `bundle` is what is in force after."""

    policy: PolicyId
    name: str
    bundle_before: str
    bundle: str
    by: HumanId


class PolicyPut(PolicyChanged, frozen=True, kw_only=True, tag="policy.put"):
    """A document of policies was put in force, new or in another text."""

    digest: str


class PolicyRemoved(PolicyChanged, frozen=True, kw_only=True, tag="policy.removed"):
    """A document of policies is not in force any more; its name stays its own."""
