"""A refusal as an MCP client is told of it (mcp.errors says which denial takes which form)."""

from collections.abc import Mapping

from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import RemitError
from remit.mcp import build
from remit.mcp.build import Implementation
from remit.mcp.errors import InternalError, MCPError, RequestId, UnknownTool
from remit.policy.decision import Denied
from remit.policy.refusals import ArgumentsInvalid
from remit.proxy.challenges import status_of

# Denials that the model is shown, because it can act on them; the text is public.
_SHOWN: Mapping[str, str] = {
    "constraint": "These arguments are outside what this agent has been given to do.",
    "policy": "Policy does not permit this call.",
    "policy_error": "Policy could not be evaluated for this call, which is therefore refused.",
    "definition_changed": "This tool has changed since it was approved, and must be approved anew.",
    "arguments_invalid": "The arguments do not fit this tool's input schema.",
}


def is_shown(error: RemitError) -> bool:
    """Whether the model is told, in a result with `isError`, rather than the client."""
    return isinstance(error, Denied) and error.code in _SHOWN


def shown_result(error: Denied, request_id: RequestId, server: Implementation) -> bytes:
    """The result that says why, with the audit event to ask about."""
    reason = _SHOWN[error.code]
    if isinstance(error, ArgumentsInvalid):
        reason = f"{reason} ({error.place}: {error.rule})"
    if error.event is not None:
        reason = f"{reason} [{error.error}, {error.code}, {error.event}]"
    return build.denied_result(request_id, reason, server)


def hides_tool(error: RemitError) -> bool:
    """Whether the tool is to be as one that nobody has."""
    return isinstance(error, UnknownTool) or (
        isinstance(error, Denied) and error.code == "outside_remit"
    )


def refusal_body(error: RemitError, request_id: RequestId | None, tool: str | None = None) -> bytes:
    """The JSON-RPC error of a refusal; what is said is fixed by the error's class."""
    if hides_tool(error):
        # Both alike, to the last member: nothing tells a denied tool from one that is not there.
        code, message = UnknownTool.code, UnknownTool("", named=tool or "").message
        members: dict[str, Json] = {"error": UnknownTool.error}
    elif isinstance(error, MCPError):
        code, message = error.code, error.message
        members = dict(error.data or {"error": error.error})
        request_id = request_id if error.request_id is None else error.request_id
    else:
        # basic/index, Error Codes: codes of ours stand outside what JSON-RPC and MCP reserve.
        status = status_of(error)
        code = InternalError.code if status >= 500 else status
        message, members = error.description, {"error": error.error}
    if error.event is not None:
        members["event"] = error.event
    return canonicalize(
        {
            "jsonrpc": "2.0",
            "id": request_id,
            "error": {"code": code, "message": message, "data": members},
        }
    )
