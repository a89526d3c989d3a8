"""Audit records of stops."""

from remit.audit.records import Record
from remit.kernel.ids import HumanId, StopId


class StopPlaced(Record, frozen=True, kw_only=True, tag="stop.placed"):
    """A target was stopped: its tokens are dead, its calls are cut."""

    stop: StopId
    kind: str
    target: str
    reason: str
    by: HumanId


class StopLifted(Record, frozen=True, kw_only=True, tag="stop.lifted"):
    """A stop was lifted. What died of it stays dead: the watermark is never lowered."""

    stop: StopId
    kind: str
    target: str
    reason: str
    by: HumanId
