"""Well-formed requests and their headers, for the tests to bend."""

import json

from remit.kernel.canonical import parse_strict
from remit.mcp.headers import encode_value, read_headers
from remit.mcp.messages import parse_request

VERSION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
}
MEDIA = (
    (b"content-type", b"application/json"),
    (b"accept", b"application/json, text/event-stream"),
)


def body(method="tools/call", request_id=1, meta=META, **params):
    return {
        "jsonrpc": "2.0",
        "id": request_id,
        "method": method,
        "params": {**params, "_meta": meta},
    }


def headers(method="tools/call", name=None, *more):
    found = [*MEDIA, (b"mcp-protocol-version", VERSION.encode()), (b"mcp-method", method.encode())]
    if name is not None:
        found.append((b"mcp-name", name.encode()))
    return (*found, *more)


def parse(message, raw_headers):
    """As the proxy does it: bytes to a value, headers to their form, both to a message."""
    return parse_request(parse_strict(json.dumps(message).encode()), read_headers(raw_headers))


def call(name="get_weather", arguments=None, request_id=1, meta=META):
    """A parsed tools/call."""
    params = {} if arguments is None else {"arguments": arguments}
    message = body("tools/call", request_id, meta, name=name, **params)
    return parse(message, headers("tools/call", encode_value(name)))


def request(method, **params):
    """A parsed request of a method that names nothing."""
    return parse(body(method, **params), headers(method))
