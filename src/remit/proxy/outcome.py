"""Step 9: what became of a call that was intended, recorded exactly once, whatever happens.

Nothing is released that is not recorded: where the log does not take the outcome of an answer in
one piece, the answer is withheld. With its outcome a call also gives back what it held.
"""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from types import TracebackType
from typing import Self

from remit.audit.journal import Journal, Receipt
from remit.audit.records import Record
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.kernel.ids import EventId
from remit.outbound.errors import UpstreamFailure
from remit.policy.request import CallRequest
from remit.proxy.errors import CallCut
from remit.proxy.messages import Released
from remit.proxy.records import CallCompleted, CallFailed, CallWasCut

_REASON_LENGTH = 1024


class Outcome:
    """The end of one intended call. The first verdict stands; later ones are ignored.

    As a context it tells the failures within; what is released in one piece, or as a stream, is
    told where it ends.
    """

    def __init__(
        self, journal: Journal, clock: Clock, request: CallRequest, intent: Receipt
    ) -> None:
        self.intent = intent
        self.was_sent = False
        self.secret_version: int | None = None
        self._journal = journal
        self._clock = clock
        self._request = request
        self._started_at = clock.monotonic()
        self._hash = sha256()
        self._released = 0
        self._is_error = False
        self._is_told = False
        self._leaving: list[Callable[[], None]] = []

    def leaving(self, leave: Callable[[], None]) -> None:
        """Have `leave` called when the call ends."""
        self._leaving.append(leave)

    def releasing(self, piece: bytes, *, is_error: bool = False) -> None:
        """Count a piece that is about to leave; `is_error`: it says that the tool has failed."""
        self._hash.update(piece)
        self._released += len(piece)
        self._is_error = self._is_error or is_error

    def conclude(self, released: Released) -> Released:
        """What is released, its end recorded: now, or by the stream itself when it ends."""
        if isinstance(released.body, bytes):
            self.completed(released.status)
        return released

    def completed(self, status: int) -> None:
        """The answer is whole, and its pieces were counted. Raises AuditUnavailable."""
        record = CallCompleted(
            tenant=self._request.agent.tenant,
            intent=self.intent.event,
            agent=self._request.agent.id,
            tool_server=self._request.tool_server.id,
            tool=self._request.tool.name,
            status=status,
            is_error=self._is_error,
            reply="sha256:" + self._hash.hexdigest(),
            reply_bytes=self._released,
            latency_ms=self._elapsed(),
            secret_version=self.secret_version,
        )
        self._tell(record)

    def failed(self, error: str, reason: str, *, may_have_effect: bool) -> EventId | None:
        """Nothing was released. The event that says so; None if another verdict stands."""
        record = CallFailed(
            tenant=self._request.agent.tenant,
            intent=self.intent.event,
            agent=self._request.agent.id,
            tool_server=self._request.tool_server.id,
            tool=self._request.tool.name,
            error=error,
            reason=reason[:_REASON_LENGTH],
            may_have_effect=may_have_effect,
            latency_ms=self._elapsed(),
        )
        return self._tell(record)

    def cut(self, error: str, reason: str) -> EventId | None:
        """The call, or its stream, was ended before it was whole."""
        record = CallWasCut(
            tenant=self._request.agent.tenant,
            intent=self.intent.event,
            agent=self._request.agent.id,
            tool_server=self._request.tool_server.id,
            tool=self._request.tool.name,
            error=error,
            reason=reason[:_REASON_LENGTH],
            released_bytes=self._released,
            latency_ms=self._elapsed(),
        )
        return self._tell(record)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        match error:
            case None:
                return
            case CallCut():
                error.event = self.cut(error.error, error.detail)
            case UpstreamFailure():
                sent = error.may_have_effect
                error.event = self.failed(error.error, error.detail, may_have_effect=sent)
            case RemitError():
                sent = self.was_sent
                error.event = self.failed(error.error, error.detail, may_have_effect=sent)
            case asyncio.CancelledError():
                self.cut("caller_gone", "the caller hung up, or the process is stopping")
            case _:
                reason = type(error).__name__
                self.failed("server_error", reason, may_have_effect=self.was_sent)

    def _tell(self, record: Record) -> EventId | None:
        if self._is_told:
            return None
        self._is_told = True
        try:
            return self._journal.append(record).event
        finally:
            for leave in self._leaving:
                leave()

    def _elapsed(self) -> int:
        return int((self._clock.monotonic() - self._started_at) * 1000)
