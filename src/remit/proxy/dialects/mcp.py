"""What an MCP client asks for: one strictly parsed message that its headers repeat truly.

MCP 2026-07-28. Of its methods Remit offers discovery, the list of tools and their calls; what else
an upstream may have does not exist here.
"""

from collections.abc import Mapping
from functools import lru_cache

from remit.identity.tools import Tool, ToolServer
from remit.kernel.canonical import Json, parse_strict, parse_strict_object
from remit.kernel.errors import Malformed
from remit.mcp.errors import InvalidParams, MethodNotFound, ParseError, UnknownTool
from remit.mcp.headers import MCPHeaders, read_headers
from remit.mcp.messages import MCPNotification, MCPRequest, parse_request
from remit.mcp.params import HeaderParameter, read_header_parameters, verify_parameter_headers
from remit.proxy.asked import Asked, AskedCall, AskedDiscovery, AskedTools, MCPForm, Notified
from remit.proxy.attempt import Attempt
from remit.proxy.limits import ProxyLimits
from remit.proxy.messages import IncomingCall


def describe_mcp(
    incoming: IncomingCall, body: bytes, server: ToolServer, limits: ProxyLimits, attempt: Attempt
) -> Asked:
    """What this request asks of the tool server. Raises MCPError for everything else.

    `attempt` learns the request's id and the tool's name as soon as they are known.
    """
    if incoming.header_values(b"content-encoding"):
        raise ParseError("a body that says it is encoded")
    headers = read_headers(incoming.headers)
    message = parse_request(_parse(body, limits), headers)
    if isinstance(message, MCPNotification):
        return Notified()
    form = MCPForm(message.id, message.meta.progress_token, message.meta.log_level)
    attempt.form = form
    match message.method.name:
        case "server/discover":
            return AskedDiscovery(form)
        case "tools/list":
            if "cursor" in message.params:
                # The whole list is one page: there is no cursor that we gave out.
                raise InvalidParams("an unknown cursor", request_id=message.id)
            return AskedTools(form)
        case "tools/call":
            attempt.tool = message.name
            return _describe_call(message, headers, server, form)
        case _:
            raise MethodNotFound("a method that is not offered", request_id=message.id)


def _parse(body: bytes, limits: ProxyLimits) -> Json:
    try:
        return parse_strict(
            body,
            max_bytes=limits.body_bytes,
            max_depth=limits.json_depth,
            max_members=limits.json_members,
        )
    except Malformed as refused:
        raise ParseError(refused.detail) from None


def _describe_call(
    message: MCPRequest, headers: MCPHeaders, server: ToolServer, form: MCPForm
) -> AskedCall:
    if message.params.keys() & {"inputResponses", "requestState"}:
        # No reply of ours ever asked for input, so that there is nothing to answer.
        raise InvalidParams("an answer to what was never asked", request_id=message.id)
    tool = server.tools.get(message.name or "")
    if tool is None:
        raise UnknownTool(
            f"{server.id} has no such tool", request_id=message.id, named=message.name or ""
        )
    written = verify_parameter_headers(_header_parameters(tool), message.arguments, headers)
    return AskedCall(tool, message.arguments, form, written)


def _header_parameters(tool: Tool) -> tuple[HeaderParameter, ...]:
    # The text test is cheap, and most schemas have none.
    return _read_schema(tool.input_schema) if "x-mcp-header" in tool.input_schema else ()


@lru_cache(maxsize=4096)
def _read_schema(input_schema: str) -> tuple[HeaderParameter, ...]:
    schema: Mapping[str, Json] = parse_strict_object(input_schema.encode())
    return read_header_parameters(schema)
