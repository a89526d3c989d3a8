"""An MCP server behind Remit: the message that a permit sends, and what its answer may become.

The answer is parsed message by message and written anew: of a result only what a tool's result is
made of, of an error its code and text, of notifications progress and log lines that the caller
asked for. A server that asks for input was never offered any, and is refused.
"""

from collections.abc import Mapping, Sequence

from remit.kernel.canonical import Json, canonicalize, parse_strict
from remit.kernel.errors import Malformed, RemitError
from remit.mcp import build
from remit.mcp.build import Implementation, UpstreamMessage
from remit.mcp.eras import MODERN
from remit.mcp.errors import ReplyInvalid
from remit.mcp.messages import MCPRequest, RequestMeta
from remit.mcp.replies import Failure, Reply, Result, ResultType, ServerNotification, parse_reply
from remit.mcp.sse import SSEParser, message_event
from remit.outbound.message import Header
from remit.policy.permits import CallPermit
from remit.proxy.asked import MCPForm
from remit.proxy.dialects.mcp_errors import refusal_body
from remit.proxy.errors import UpstreamFaulty
from remit.proxy.limits import ProxyLimits
from remit.proxy.scanning import Scanner

# Each call is its own exchange, so that one id, and one progress token, is enough upstream.
SENT_AS = 1
_PROGRESS = 1
_CALL = MODERN.methods["tools/call"]

# Errors that say our own request was wrong, which no caller can mend.
_OURS = range(-32099, -32019)
_STATUS = {-32602: 400}


def upstream_request(permit: CallPermit, form: MCPForm) -> MCPRequest:
    """The request that is sent for a permit: its tool, its arguments, nothing of the caller's."""
    meta = RequestMeta(
        protocol_version=MODERN.version,
        client_capabilities={},
        progress_token=None if form.progress_token is None else _PROGRESS,
        log_level=form.log_level,
    )
    tool = permit.request.tool.name
    params: Mapping[str, Json] = {"name": tool, "arguments": permit.request.arguments}
    return MCPRequest(SENT_AS, MODERN, _CALL, params, meta, tool)


def upstream_message(
    request: MCPRequest, client: Implementation, parameter_headers: tuple[Header, ...]
) -> UpstreamMessage:
    """The request as bytes and mirrored headers."""
    return build.upstream_message(
        request, client, sent_as=SENT_AS, parameter_headers=parameter_headers
    )


class MCPAnswer:
    """The answer to one call, as it comes: whole (`read`), or as a stream (a Translation)."""

    def __init__(
        self,
        request: MCPRequest,
        form: MCPForm,
        server: Implementation,
        scanner: Scanner,
        limits: ProxyLimits,
    ) -> None:
        self._request = request
        self._form = form
        self._server = server
        self._scanner = scanner
        self._limits = limits
        self._parser = SSEParser(limits.event_bytes)
        self.is_whole = False
        self.is_error = False
        self.status = 200

    def read(self, body: bytes) -> bytes:
        """The answer that came in one piece. Raises ReplyInvalid, CredentialEchoed."""
        released = self._release(body)
        if not self.is_whole:
            raise ReplyInvalid("a notification, where the answer should be")
        return released

    def feed(self, piece: bytes) -> bytes:
        released = b""
        for event in self._parser.feed(piece):
            if self.is_whole:
                raise ReplyInvalid("more after the answer")
            message = self._release(event.data.encode())
            if message:
                released += message_event(message)
        return released

    def end(self) -> bytes:
        raise ReplyInvalid("the stream ended before its answer")

    def fail(self, error: RemitError) -> bytes:
        return message_event(refusal_body(error, self._form.request_id))

    def _release(self, body: bytes) -> bytes:
        reply = self._parse(body)
        if isinstance(reply, Failure):
            # Whole, before its text is cut to length: a caller who moves the credential over that
            # end would be given all of it but the last byte.
            self._scanner.check(body)
        released = self._phrase(reply)
        if released:
            # What was escaped upstream is plain by now: the canonical text is what is searched.
            self._scanner.check(released)
        return released

    def _parse(self, body: bytes) -> Reply:
        try:
            parsed = parse_strict(
                body,
                max_bytes=self._limits.reply_bytes,
                max_members=self._limits.reply_members,
            )
        except Malformed as refused:
            raise ReplyInvalid(refused.detail) from None
        return parse_reply(parsed, self._request, SENT_AS)

    def _phrase(self, reply: Reply) -> bytes:
        match reply:
            case Result():
                return self._phrase_result(reply)
            case Failure():
                self.is_whole = self.is_error = True
                self.status = _STATUS.get(reply.code, 200)
                return _phrase_failure(reply, self._form)
            case ServerNotification():
                return self._phrase_notification(reply)

    def _phrase_result(self, result: Result) -> bytes:
        if result.type is not ResultType.COMPLETE:
            raise ReplyInvalid("a request for input that was never offered")
        members = project_result(result.unverified_members)
        self.is_whole = True
        self.is_error = members.get("isError") is True
        return build.result(self._form.request_id, members, self._server)

    def _phrase_notification(self, notification: ServerNotification) -> bytes:
        params = notification.unverified_params
        if notification.method == "notifications/progress":
            token = self._form.progress_token
            return build.notification(notification.method, {**params, "progressToken": token})
        if self._form.log_level is None:
            return b""  # nobody asked for log lines
        return build.notification(notification.method, params)


def project_result(members: Mapping[str, Json]) -> Mapping[str, Json]:
    """What a tool's result is made of (CallToolResult), and nothing else."""
    content = members.get("content")
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise ReplyInvalid("a tool's result without content")
    for block in content:
        if not isinstance(block, Mapping) or not isinstance(block.get("type"), str):
            raise ReplyInvalid("content that is no list of blocks")
    if not isinstance(members.get("isError", False), bool):
        raise ReplyInvalid("isError that is no boolean")
    return {
        name: members[name]
        for name in ("content", "structuredContent", "isError")
        if name in members
    }


def _phrase_failure(failure: Failure, form: MCPForm) -> bytes:
    if failure.code in _OURS:
        raise UpstreamFaulty(f"the upstream refused our message with {failure.code}")
    error: Json = {"code": failure.code, "message": failure.unverified_message}
    return canonicalize({"jsonrpc": "2.0", "id": form.request_id, "error": error})
