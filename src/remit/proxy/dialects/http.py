"""What an HTTP client asks for: a method and a path that are a tool, and its typed arguments.

Only what was applied is there: any other method or path is answered as if nothing stood behind it.
"""

from collections.abc import Mapping

from remit.identity.tools import HTTPBinding, Protocol, ToolServer
from remit.kernel.canonical import Json, parse_strict_object
from remit.kernel.errors import Malformed, NotFound
from remit.kernel.paths import parse_request_path
from remit.proxy.asked import AskedCall, HTTPForm
from remit.proxy.attempt import Attempt
from remit.proxy.dialects.http_arguments import gather_arguments, takes_body
from remit.proxy.dialects.http_query import parse_query
from remit.proxy.dialects.http_templates import find_tool
from remit.proxy.errors import UnsupportedMediaType
from remit.proxy.headers import is_json
from remit.proxy.limits import ProxyLimits
from remit.proxy.messages import IncomingCall


def describe_http(
    incoming: IncomingCall,
    rest: bytes,
    body: bytes,
    server: ToolServer,
    limits: ProxyLimits,
    attempt: Attempt,
) -> AskedCall:
    """The call that this request is. Raises NotFound, AmbiguousRequest, Malformed."""
    if server.protocol is not Protocol.HTTP:
        raise NotFound(f"{server.id} speaks MCP, at its own path only")
    found = find_tool(server.tools.values(), incoming.method, parse_request_path(rest))
    if found is None or found[0].http is None:
        raise NotFound(f"no tool of {server.id} has this method and path")
    tool, path = found
    binding = found[0].http
    attempt.tool = tool.name
    members = _read_body(incoming, body, binding, limits)
    arguments = gather_arguments(binding, path, parse_query(incoming.query), members)
    return AskedCall(tool, arguments, HTTPForm())


def _read_body(
    incoming: IncomingCall, body: bytes, binding: HTTPBinding, limits: ProxyLimits
) -> Mapping[str, Json]:
    if not takes_body(binding):
        if body:
            raise Malformed("a body, where the tool takes none")
        return {}
    if incoming.header_values(b"content-encoding"):
        raise UnsupportedMediaType("a body that says it is encoded")
    if not body and not incoming.header_values(b"content-type"):
        return {}
    types = incoming.header_values(b"content-type")
    if len(types) != 1 or not is_json(types[0]):
        raise UnsupportedMediaType("not exactly one Content-Type, of application/json")
    return parse_strict_object(
        body,
        max_bytes=limits.body_bytes,
        max_depth=limits.json_depth,
        max_members=limits.json_members,
    )
