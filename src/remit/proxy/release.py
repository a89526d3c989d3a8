"""Step 8: from an upstream's answer to what may reach the caller, scanned and written anew.

An answer in one piece is released whole or not at all; a stream is released event by event, and
its obligations go on until it ends.
"""

from remit.mcp.build import Implementation
from remit.mcp.errors import ReplyInvalid
from remit.outbound.response import OutboundResponse
from remit.proxy.asked import MCPForm, ReplyForm
from remit.proxy.dialects.http_upstream import PassedOn, tell_as_result
from remit.proxy.dialects.mcp_upstream import MCPAnswer
from remit.proxy.headers import (
    EVENT_STREAM,
    JSON_HEADERS,
    JSON_TYPE,
    STREAM_HEADERS,
    media_type_of,
    regenerate_media_type,
    reply_headers,
)
from remit.proxy.injection import scanner_of
from remit.proxy.limits import ProxyLimits
from remit.proxy.messages import Released
from remit.proxy.outcome import Outcome
from remit.proxy.relay import RelayedStream, Translation
from remit.proxy.scanning import Scanner
from remit.proxy.upstream import Answered
from remit.vault.credential import Credential


class Releases:
    """Releases answers; `server` is who Remit says it is."""

    def __init__(self, server: Implementation, limits: ProxyLimits) -> None:
        self._server = server
        self._limits = limits

    async def release(
        self, answered: Answered, form: ReplyForm, credential: Credential, outcome: Outcome
    ) -> Released:
        """What the caller gets. Raises ReplyInvalid, CredentialEchoed, UpstreamFailure, CallCut."""
        scanner = scanner_of(credential)
        match form:
            case MCPForm() if answered.request is not None:
                answer = MCPAnswer(answered.request, form, self._server, scanner, self._limits)
                return await self._release_message(answered, answer, outcome)
            case MCPForm():
                return await self._release_told(answered, form, scanner, outcome)
            case _:
                return await self._release_plain(answered, scanner, outcome)

    async def _release_message(
        self, answered: Answered, answer: MCPAnswer, outcome: Outcome
    ) -> Released:
        kind = media_type_of(answered.response.header(b"content-type"))
        if kind == EVENT_STREAM and answered.response.status == 200:
            return self._stream(answered, answer, outcome)
        if kind != JSON_TYPE:
            raise ReplyInvalid("an answer that is neither JSON nor an event stream")
        body = answer.read(await self._read(answered))
        outcome.releasing(body, is_error=answer.is_error)
        return Released(answer.status, JSON_HEADERS, body)

    async def _release_told(
        self, answered: Answered, form: MCPForm, scanner: Scanner, outcome: Outcome
    ) -> Released:
        response = answered.response
        kind = regenerate_media_type(response.header(b"content-type"))
        raw = await self._read(answered)
        scanner.check(raw)
        body, is_error = tell_as_result(response.status, kind, raw, form, self._server)
        scanner.check(body)
        outcome.releasing(body, is_error=is_error)
        return Released(200, JSON_HEADERS, body)

    async def _release_plain(
        self, answered: Answered, scanner: Scanner, outcome: Outcome
    ) -> Released:
        response = answered.response
        if response.is_stream and response.status == 200:
            return self._stream(answered, PassedOn(scanner, self._limits.event_bytes), outcome)
        kind = regenerate_media_type(response.header(b"content-type"))
        body = await self._read(answered)
        scanner.check(kind)
        scanner.check(body)
        outcome.releasing(body, is_error=response.status >= 400)
        return Released(response.status, reply_headers(kind if body else None), body)

    async def _read(self, answered: Answered) -> bytes:
        reading = _read_whole(answered.response, self._limits)
        # Most answers have come whole with their head: then there is nothing to wait for.
        is_here = answered.response.is_complete
        body = await (reading if is_here else answered.under_way.wait(reading))
        # Whatever came while a stop was committing is not released any more.
        answered.under_way.check()
        return body

    def _stream(self, answered: Answered, translation: Translation, outcome: Outcome) -> Released:
        answered.under_way.extend(self._limits.stream_seconds)
        body = RelayedStream(answered.response, translation, answered.under_way, outcome)
        return Released(200, STREAM_HEADERS, body)


async def _read_whole(response: OutboundResponse, limits: ProxyLimits) -> bytes:
    return await response.read(limits.reply_bytes)
