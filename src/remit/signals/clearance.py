"""Clearance: the evidence that nothing on a path is stopped, with the epochs it was seen under."""

from collections.abc import Mapping
from dataclasses import dataclass

from remit.kernel.errors import RemitError
from remit.kernel.ids import StopId, TenantId


@dataclass(frozen=True, slots=True)
class Clearance:
    """Made by `Stops.clear` alone. `epochs` maps target keys to the watermarks that were seen."""

    tenant: TenantId
    epochs: Mapping[str, int]


class Stopped(RemitError):
    """A target on the path is stopped. The wire says no more than the story's own error does."""

    status = 403
    error = "access_denied"
    description = "Access is stopped."

    def __init__(self, detail: str, stop: StopId | None = None) -> None:
        super().__init__(detail)
        self.stop = stop


class EpochPassed(Stopped):
    """The token, or an open clearance, is older than the newest stop on its path."""
