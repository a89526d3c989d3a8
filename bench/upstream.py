"""A fast MCP 2026-07-28 server for the bench: one result, to every call that has the credential.

`python -m bench.upstream` prints the port that it listens on. It is as thin as Python lets it be,
so that what is measured in front of it is not its own cost.
"""

import asyncio
import json
import sys
from typing import cast

import httptools
import uvloop

CREDENTIAL = "bench-credential-0123456789abcdef"
AUTHORIZATION = f"Bearer {CREDENTIAL}".encode()

_SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "amount": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["title", "amount"],
    "additionalProperties": False,
}
_TOOLS = [
    {"name": name, "description": description, "inputSchema": _SCHEMA}
    for name, description in (("read_note", "Read one note."), ("write_note", "Write one note."))
]
_TEXT = (
    "The quick brown fox jumps over the lazy dog while the committee on notes considers "
    "whether this entry should be kept, revised or archived; its author asks for a decision before "
    "the end of the week, and attaches three earlier drafts, none of which was ever approved. "
)


def _reply(status: bytes, content: object) -> bytes:
    body = json.dumps(content, separators=(",", ":")).encode()
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


# Remit sends every request with the id 1; so does the bench when it calls directly.
_CALLED = _reply(
    b"200 OK",
    {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {
            "content": [{"type": "text", "text": _TEXT}],
            "structuredContent": {"id": "n-17", "title": "minutes", "revision": 4, "tags": ["a"]},
            "isError": False,
            "resultType": "complete",
        },
    },
)
_LISTED = _reply(
    b"200 OK",
    {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {"tools": _TOOLS, "resultType": "complete", "ttlMs": 0, "cacheScope": "public"},
    },
)
_REFUSED = _reply(b"401 Unauthorized", {"error": "credential required"})


class UpstreamProtocol(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._is_known = False
        self._is_listing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._is_known = self._is_listing = False

    def on_header(self, name: bytes, value: bytes) -> None:
        lowered = name.lower()
        if lowered == b"authorization":
            self._is_known = value == AUTHORIZATION
        elif lowered == b"mcp-method":
            self._is_listing = value == b"tools/list"

    def on_message_complete(self) -> None:
        if self._transport is None:
            return
        if not self._is_known:
            self._transport.write(_REFUSED)
        else:
            self._transport.write(_LISTED if self._is_listing else _CALLED)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(UpstreamProtocol, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with the bench, whatever becomes of it: standard input closes.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve())
