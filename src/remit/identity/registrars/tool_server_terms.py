"""What a tool server is registered with, and what it must hold to before anybody calls it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from re import compile as pattern
from types import MappingProxyType

from remit.identity.tools import Injection, Protocol, Tool, Upstream
from remit.kernel.canonical import canonicalize, digest_bytes, parse_strict
from remit.kernel.errors import Malformed
from remit.kernel.uri import parse_foreign_issuer

MAX_TOOLS = 1024
MAX_TIMEOUT_SECONDS = 600.0

# MCP 2025-11-25 (server, tools, tool names) recommends these; servers of before added the slash.
_TOOL_NAME = pattern(r"[A-Za-z0-9_./-]{1,128}")
# RFC 9110 section 5.6.2: a field name is a token.
_HEADER = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
# These frame or route the message: they are regenerated, and never a credential's place.
_FRAMING = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "te", "trailer"}
    | {"upgrade", "expect", "keep-alive", "proxy-connection", "mcp-session-id"}
)


@dataclass(frozen=True, slots=True)
class ToolServerTerms:
    """Everything of a tool server but its id, name and state."""

    protocol: Protocol
    upstream: Upstream
    injection: Injection | None
    tools: Mapping[str, Tool]
    timeout_seconds: float


def verify_terms(terms: ToolServerTerms) -> ToolServerTerms:
    """The same terms, with a map of tools that nobody can change; raises Malformed."""
    _verify_url(terms.upstream.url)
    if not (isfinite(terms.timeout_seconds) and 0 < terms.timeout_seconds <= MAX_TIMEOUT_SECONDS):
        raise Malformed(f"a timeout of {terms.timeout_seconds} seconds")
    if len(terms.tools) > MAX_TOOLS:
        raise Malformed(f"{len(terms.tools)} tools, where {MAX_TOOLS} are allowed")
    for name, tool in terms.tools.items():
        _verify_tool(name, tool, terms.protocol)
    if terms.injection is not None:
        _verify_injection(terms.injection)
    return ToolServerTerms(
        protocol=terms.protocol,
        upstream=terms.upstream,
        injection=terms.injection,
        tools=MappingProxyType(dict(sorted(terms.tools.items()))),
        timeout_seconds=terms.timeout_seconds,
    )


def _verify_url(url: str) -> None:
    # As exact as an issuer's: TLS, or plain http on the loopback; no query, no second spelling.
    try:
        parse_foreign_issuer(url)
    except Malformed as error:
        raise Malformed(f"upstream: {error}") from error


def _verify_tool(name: str, tool: Tool, protocol: Protocol) -> None:
    if _TOOL_NAME.fullmatch(name) is None or tool.name != name:
        raise Malformed(f"{name[:80]!r} cannot be a tool's name here")
    if (tool.http is not None) != (protocol is Protocol.HTTP):
        raise Malformed(f"tool {name} does not speak {protocol}")
    if digest_bytes(tool.definition) != tool.digest:
        raise Malformed(f"tool {name}: the digest is not its definition's")
    for what, text in (("definition", tool.definition), ("schema", tool.input_schema.encode())):
        if canonicalize(parse_strict(text)) != text:
            raise Malformed(f"tool {name}: the {what} is not canonical JSON")


def _verify_injection(injection: Injection) -> None:
    if _HEADER.fullmatch(injection.header) is None or injection.header.lower() in _FRAMING:
        raise Malformed(f"{injection.header[:80]!r} cannot carry a credential")
    if not (injection.prefix.isascii() and injection.prefix.isprintable()):
        raise Malformed("a credential's prefix that is not printable ASCII")
