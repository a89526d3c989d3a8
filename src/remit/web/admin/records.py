"""Audit records of the administration API itself; what its verbs do has records of its own."""

from remit.audit.records import Record
from remit.kernel.ids import HumanId


class AdministrationRefused(Record, frozen=True, kw_only=True, tag="administration.refused"):
    """A known administrator asked for something that was refused; what was done before stands."""

    by: HumanId
    action: str
    error: str
    reason: str
