"""The request that goes to an HTTP upstream, made from nothing but the permitted arguments."""

from collections.abc import Mapping
from functools import lru_cache

from remit.identity.tools import ParameterIn, Tool, ToolServer, Upstream
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.paths import format_path
from remit.outbound.addresses import Reach
from remit.outbound.destination import Destination, TLSOptions, parse_url
from remit.outbound.message import Header, OutboundRequest
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable
from remit.proxy.dialects.http_arguments import takes_body
from remit.proxy.dialects.http_query import format_query
from remit.proxy.dialects.http_templates import (
    check_unmistakable,
    fill_template,
    find_tool,
    write_scalar,
)
from remit.proxy.errors import AmbiguousRequest
from remit.proxy.headers import JSON_TYPE


@lru_cache(maxsize=1024)
def destination_of(upstream: Upstream) -> tuple[Destination, bytes]:
    """Where an upstream is, and the path of its URL: the endpoint, or what tools' paths hang on."""
    return parse_url(
        upstream.url,
        tls=TLSOptions(upstream.ca_file),
        reach=Reach(private=upstream.allow_private),
    )


def check_target(server: ToolServer, tool: Tool, arguments: Mapping[str, Json]) -> None:
    """Raises where these arguments make no request, or one that reads as another tool's."""
    if tool.http is None:
        raise SchemaUnusable(f"{tool.name} is bound to no request")
    known = {parameter.name for parameter in tool.http.parameters}
    if not arguments.keys() <= known:
        raise ArgumentsInvalid("$", "an argument that is no parameter")
    segments = fill_template(tool.http, arguments)
    found = find_tool(server.tools.values(), tool.http.method, segments)
    if found is None or found[0].name != tool.name:
        raise AmbiguousRequest(f"these arguments of {tool.name} make another tool's path")
    check_unmistakable(server.tools.values(), tool, segments)


def build_http_request(
    upstream: Upstream, tool: Tool, arguments: Mapping[str, Json], headers: tuple[Header, ...]
) -> OutboundRequest:
    """The request, byte for byte; `headers` are ours already."""
    binding = tool.http
    if binding is None:
        raise SchemaUnusable(f"{tool.name} is bound to no request")
    _, prefix = destination_of(upstream)
    path = prefix.rstrip(b"/") + format_path(fill_template(binding, arguments))
    query = format_query(
        (parameter.name, write_scalar(arguments[parameter.name]))
        for parameter in binding.parameters
        if parameter.place is ParameterIn.QUERY and parameter.name in arguments
    )
    body = b""
    if takes_body(binding):
        places = {parameter.name: parameter.place for parameter in binding.parameters}
        body = canonicalize(
            {name: arguments[name] for name in arguments if places[name] is ParameterIn.BODY}
        )
        headers = ((b"content-type", JSON_TYPE), *headers)
    accept = (b"accept", b"application/json, */*;q=0.5")
    return OutboundRequest(binding.method.encode(), path + query, (accept, *headers), body)
