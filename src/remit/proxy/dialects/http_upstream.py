"""An HTTP upstream's answer: passed on as it is, or told as the result of a tool in MCP."""

from collections.abc import Mapping

from remit.kernel.canonical import Json
from remit.kernel.errors import RemitError
from remit.mcp import build
from remit.mcp.build import Implementation
from remit.mcp.errors import ReplyInvalid
from remit.mcp.sse import MAX_EVENT_BYTES
from remit.proxy.asked import MCPForm
from remit.proxy.scanning import Scanner


class PassedOn:
    """A stream of an HTTP tool on its way to an HTTP client (a Translation).

    It passes line by line: no escape crosses the end of a line, and no reader of events acts on
    less than one.
    """

    def __init__(self, scanner: Scanner, max_line_bytes: int = MAX_EVENT_BYTES) -> None:
        self._scanner = scanner
        self._max_line_bytes = max_line_bytes
        self._held = bytearray()
        self.is_whole = False
        self.is_error = False

    def feed(self, piece: bytes) -> bytes:
        ended = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
        if not ended:
            self._hold(piece)
            return b""
        lines = bytes(self._held) + piece[:ended]
        self._held.clear()
        self._scanner.check(lines)
        self._hold(piece[ended:])
        return lines

    def end(self) -> bytes:
        rest = bytes(self._held)
        self._held.clear()
        self._scanner.check(rest)
        return rest

    def _hold(self, beginning: bytes) -> None:
        self._held += beginning
        if len(self._held) > self._max_line_bytes:
            raise ReplyInvalid("a line beyond the limit")

    def fail(self, error: RemitError) -> bytes:
        # The form is the upstream's own: there is no event of ours that a reader would expect.
        return b""


def tell_as_result(
    status: int, content_type: bytes, body: bytes, form: MCPForm, server: Implementation
) -> tuple[bytes, bool]:
    """The MCP result of an HTTP answer, and whether it is an error (4xx). Raises ReplyInvalid."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ReplyInvalid(f"an answer of type {content_type!r} that is no text") from None
    is_error = status >= 400
    blocks: list[Mapping[str, Json]] = []
    if is_error or not text:
        blocks.append({"type": "text", "text": f"HTTP {status}"})
    if text:
        blocks.append({"type": "text", "text": text})
    members: Mapping[str, Json] = {"content": blocks, "isError": is_error}
    return build.result(form.request_id, members, server), is_error
