"""The errors of MCP 2026-07-28, each with its HTTP status and JSON-RPC code.

How an agent sees a denial (basic/index, server/tools "Error Handling"):

- A tool outside the remit does not exist for this agent: `UnknownTool`, -32602 "Unknown tool: x",
  just as for a name that nobody has. The list says the same (law 11); nothing tells them apart.
- A tool that the agent has, but not with these arguments or not now, is answered with a result of
  `isError: true` (`build.denied_result`). It is the only form that clients SHOULD show to the
  model, so the one that it can act on; SDKs raise JSON-RPC errors as exceptions instead.
- Where no such result exists (resources, prompts, completion), `RequestDenied`: a JSON-RPC error
  with a code of ours outside the range that JSON-RPC and MCP reserve.
"""

from collections.abc import Mapping
from typing import ClassVar, TypeAlias

from remit.kernel.canonical import Json
from remit.kernel.errors import RemitError

RequestId: TypeAlias = str | int

_MAX_ECHO = 128


class MCPError(RemitError):
    """An error in the shape of JSON-RPC 2.0 section 5.1.

    `request_id` is None until the request's id has been read. `message` is what the wire says: the
    class's text, followed at most by something that the caller itself named.
    """

    status = 400
    error = "invalid_request"
    description = "Invalid request"
    code: ClassVar[int] = -32600

    def __init__(
        self, detail: str = "", *, request_id: RequestId | None = None, named: str = ""
    ) -> None:
        super().__init__(detail)
        self.request_id = request_id
        self.named = named

    @property
    def message(self) -> str:
        """The `message` member: class-fixed text, and the name that the caller used."""
        return f"{self.description}: {_echo(self.named)}" if self.named else self.description

    @property
    def data(self) -> Mapping[str, Json] | None:
        """The `data` member, where the standard defines one."""
        return None


def _echo(named: str) -> str:
    # The caller's own words, shortened and without anything that a terminal or log would obey.
    shown = named[:_MAX_ECHO]
    return shown if shown.isprintable() else ascii(shown)[1:-1]


class ParseError(MCPError):
    """The body is not JSON, or is JSON that two readers could understand differently."""

    description = "Parse error"
    code = -32700


class InvalidRequest(MCPError):
    """JSON, but not one JSON-RPC 2.0 request or notification with exactly its members."""


class MediaTypeRefused(InvalidRequest):
    """The body does not say that it is plain JSON."""

    status = 415
    error = "unsupported_media_type"
    description = "Content-Type must be application/json"


class NotAcceptable(InvalidRequest):
    """Streamable HTTP, Sending Messages (2): both media types must be acceptable."""

    status = 406
    error = "not_acceptable"
    description = "Accept must list application/json and text/event-stream"


class MethodNotFound(MCPError):
    """A method that this era does not have, or that Remit does not offer."""

    status = 404
    error = "method_not_found"
    description = "Method not found"
    code = -32601


class InvalidParams(MCPError):
    """The parameters are missing, unknown, of another type, or lack required metadata."""

    description = "Invalid params"
    code = -32602


class UnknownTool(InvalidParams):
    """No such tool for this agent, whether or not there is one for others."""

    description = "Unknown tool"


class UnknownPrompt(InvalidParams):
    """No such prompt for this agent."""

    description = "Unknown prompt"


class ResourceNotFound(InvalidParams):
    """No such resource for this agent (-32002 in earlier eras)."""

    description = "Resource not found"


class InternalError(MCPError):
    """Something failed on this side, or behind it; what, is in the log only."""

    status = 500
    error = "server_error"
    description = "Internal error"
    code = -32603


class UpstreamError(InternalError):
    """The tool server behind could not be reached, or answered what may not be passed on."""

    status = 502
    error = "upstream_failed"
    description = "The tool server could not complete the request"


class HeaderMismatch(MCPError):
    """A mirrored header is missing, doubled, malformed, or differs from the body."""

    error = "header_mismatch"
    description = "Header mismatch"
    code = -32020


class MissingRequiredClientCapability(MCPError):
    """The request needs a capability that the client did not declare."""

    error = "missing_client_capability"
    description = "Missing required client capability"
    code = -32021

    def __init__(
        self,
        required: Mapping[str, Json],
        detail: str = "",
        *,
        request_id: RequestId | None = None,
    ) -> None:
        super().__init__(detail, request_id=request_id)
        self.required = required

    @property
    def data(self) -> Mapping[str, Json]:
        return {"requiredCapabilities": self.required}


class UnsupportedProtocolVersion(MCPError):
    """An era that is not served here; `data` says which are."""

    error = "unsupported_protocol_version"
    description = "Unsupported protocol version"
    code = -32022

    def __init__(
        self,
        requested: str,
        supported: tuple[str, ...],
        *,
        request_id: RequestId | None = None,
    ) -> None:
        super().__init__("an era that is not served here", request_id=request_id)
        self.requested = requested
        self.supported = supported

    @property
    def data(self) -> Mapping[str, Json]:
        return {"supported": self.supported, "requested": _echo(self.requested)}


class RequestDenied(MCPError):
    """Policy denies a request whose result has no form for it (all but tools/call)."""

    status = 403
    error = "access_denied"
    description = "The request is not permitted"
    # basic/index, Error Codes: other purposes use codes outside -32768 to -32000.
    code = 403


class ReplyInvalid(RemitError):
    """What a tool server sent is not a message of this era; nothing of it may be passed on."""

    status = 502
    error = "upstream_reply_invalid"
    description = "The upstream server answered in a way that cannot be trusted."


class ToolDefinitionInvalid(RemitError):
    """No tool definition, or one that clients must reject (server/tools, x-mcp-header)."""

    status = 502
    error = "tool_definition_invalid"
    description = "The tool definition is not acceptable."
