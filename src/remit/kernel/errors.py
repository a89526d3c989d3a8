"""Errors with two voices: the class fixes what the wire says, `detail` is for log and audit only.

`status`, `error` and `description` belong to the class and are safe to show to anybody; `detail`
says what really happened and never leaves the house. One class is one wire code; `web/errors.py`
is the only translator.
"""

from typing import ClassVar

from remit.kernel.ids import EventId


class RemitError(Exception):
    """The root of every refusal and failure that Remit knows by name."""

    status: ClassVar[int] = 500
    error: ClassVar[str] = "server_error"
    description: ClassVar[str] = "The request could not be completed."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.description)
        self.detail = detail
        # The audit event that tells of this refusal, for `remit explain`; set where it is recorded.
        self.event: EventId | None = None


class Malformed(RemitError):
    """Bytes that are not what their format demands."""

    status = 400
    error = "invalid_request"
    description = "The request is malformed."


class NotFound(RemitError):
    """No such thing, or none that the asker may know of."""

    status = 404
    error = "not_found"
    description = "There is no such thing here."


class Conflict(RemitError):
    """The thing changed meanwhile, or the change contradicts what is there."""

    status = 409
    error = "conflict"
    description = "What this would change has changed meanwhile; read it again and retry."


class Unavailable(RemitError):
    """Something that this needs does not answer now; the request was refused, not half done."""

    status = 503
    error = "temporarily_unavailable"
    description = "A part that this request needs is not available; try again later."


class LimitExceeded(RemitError):
    """Too large, too deep, too slow or too many."""

    status = 413
    error = "limit_exceeded"
    description = "The request exceeds a limit."
