"""Server-sent events (WHATWG HTML, section 9.2), read as they come and written anew.

An event is given out as soon as its empty line has come, wherever the bytes were cut. One event is
at most `max_event_bytes` long. Comments and unknown fields end here. An event that the end of the
stream cut off is dropped, as the standard demands.
"""

import re
from dataclasses import dataclass, field

from remit.mcp.errors import ReplyInvalid

MAX_EVENT_BYTES = 1024 * 1024
KEEP_ALIVE = b":\n\n"

_LINE_END = re.compile(rb"\r\n|\r|\n")
_NEW_LINE = re.compile("\r\n|\r|\n")
_MAX_RETRY_DIGITS = 9


@dataclass(frozen=True, slots=True)
class SSEEvent:
    """One event. `retry` is in milliseconds; `id` is None if this event sets none."""

    data: str = field(repr=False)
    event: str = "message"
    id: str | None = None
    retry: int | None = None


class SSEParser:
    """Bytes in, events out. Bad UTF-8 and events too long raise ReplyInvalid; then it is spent."""

    __slots__ = (
        "_buffer",
        "_data",
        "_event",
        "_id",
        "_max",
        "_retry",
        "_scanned",
        "_size",
        "_start",
    )

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._buffer = bytearray()
        self._scanned = 0
        self._start = True
        self._clear()

    def _clear(self) -> None:
        self._data: list[str] = []
        self._event = ""
        self._id: str | None = None
        self._retry: int | None = None
        self._size = 0

    def feed(self, received: bytes) -> list[SSEEvent]:
        """The events that these bytes complete."""
        self._buffer += received
        events: list[SSEEvent] = []
        begin = 0
        at = self._scanned
        while (end := _LINE_END.search(self._buffer, at)) is not None:
            if end.end() == len(self._buffer) and end.group() == b"\r":
                break  # a line feed may follow, and would belong to this line's end
            line = bytes(self._buffer[begin : end.start()])
            begin = at = end.end()
            self._take(line, events)
        del self._buffer[:begin]
        # A lone carriage return at the end is looked at again, everything before it never.
        self._scanned = len(self._buffer) - self._buffer.endswith(b"\r")
        if len(self._buffer) + self._size > self._max:
            raise ReplyInvalid("an event beyond the limit")
        return events

    def finish(self) -> list[SSEEvent]:
        """The events that the end of the stream completes: at most one, after a last CR."""
        events: list[SSEEvent] = []
        if self._buffer.endswith(b"\r"):
            self._take(bytes(self._buffer[:-1]), events)
        self._buffer.clear()
        self._clear()
        return events

    def _take(self, line: bytes, events: list[SSEEvent]) -> None:
        if self._start:
            self._start = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            self._dispatch(events)
            return
        if line.startswith(b":"):
            return
        self._size += len(line) + 1
        if self._size > self._max:
            raise ReplyInvalid("an event beyond the limit")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise ReplyInvalid("an event stream that is not UTF-8") from None
        name, _, value = text.partition(":")
        self._set(name, value.removeprefix(" "))

    def _set(self, name: str, value: str) -> None:
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value) if len(value) <= _MAX_RETRY_DIGITS else None

    def _dispatch(self, events: list[SSEEvent]) -> None:
        # Without data there is no event; an id or a retry alone says nothing in this era.
        if self._data:
            data = "\n".join(self._data)
            events.append(SSEEvent(data, self._event or "message", self._id, self._retry))
        self._clear()


def serialize_event(event: SSEEvent) -> bytes:
    """The event as bytes, with an empty line at its end. Raises ReplyInvalid if it has no form."""
    lines: list[str] = []
    for value in (event.event, event.id):
        if value is not None and (_NEW_LINE.search(value) or "\0" in value):
            raise ReplyInvalid("an event whose name or id would end its line")
    if event.event != "message":
        lines.append(f"event: {event.event}")
    if event.id is not None:
        lines.append(f"id: {event.id}")
    if event.retry is not None:
        lines.append(f"retry: {event.retry:d}")
    lines.extend(f"data: {line}" for line in _NEW_LINE.split(event.data))
    try:
        return ("\n".join(lines) + "\n\n").encode()
    except UnicodeEncodeError:
        raise ReplyInvalid("an event that UTF-8 cannot carry") from None


def message_event(body: bytes) -> bytes:
    """A canonical JSON message as an event; canonical JSON has no line ends."""
    return b"data: " + body + b"\n\n"
