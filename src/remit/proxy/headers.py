"""Headers, regenerated both ways: nothing of the caller's goes up, nothing of the upstream's down.

Only a trace's identity (W3C Trace Context) crosses, as a new child, and only a media type comes
back, written anew from its parts.
"""

import re

from remit.kernel.entropy import Entropy
from remit.mcp.errors import ReplyInvalid
from remit.outbound.message import Header
from remit.proxy.messages import IncomingCall
from remit.telemetry.traces import receive_trace

JSON_TYPE = b"application/json"
EVENT_STREAM = b"text/event-stream"

# What every answer says: nobody keeps it, and no browser guesses at it.
_OWN: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)

_MEDIA_TYPE = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})"
    rb"[ \t]*(?:;[ \t]*charset=\"?([0-9A-Za-z._-]{1,32})\"?)?[ \t]*",
    re.IGNORECASE,
)


def reply_headers(content_type: bytes | None, *more: Header) -> tuple[Header, ...]:
    """The headers of an answer with a body of this type, or (None) without one."""
    if content_type is None:
        return (*_OWN, *more)
    return ((b"content-type", content_type), *_OWN, *more)


STREAM_HEADERS = reply_headers(EVENT_STREAM, (b"x-accel-buffering", b"no"))
JSON_HEADERS = reply_headers(JSON_TYPE)


def regenerate_media_type(stated: bytes | None) -> bytes:
    """An upstream's Content-Type written anew; its other parameters are left out."""
    if stated is None:
        return b"application/octet-stream"
    match = _MEDIA_TYPE.fullmatch(stated)
    if match is None:
        raise ReplyInvalid("a Content-Type that is not a plain media type")
    kind = match[1].lower()
    return kind if match[2] is None else kind + b"; charset=" + match[2].lower()


def media_type_of(stated: bytes | None) -> bytes:
    """The media type alone, in lower case; empty if there is none."""
    return (stated or b"").partition(b";")[0].strip().lower()


def is_json(stated: bytes | None) -> bool:
    """Whether a request says that its body is JSON in UTF-8, and nothing else."""
    match = _MEDIA_TYPE.fullmatch(stated or b"")
    return (
        match is not None
        and match[1].lower() == JSON_TYPE
        and (match[2] is None or match[2].lower() == b"utf-8")
    )


def trace_headers(incoming: IncomingCall, entropy: Entropy) -> tuple[Header, ...]:
    """The trace's identity as the upstream gets it: a span of ours within the caller's trace."""
    span = receive_trace(_texts(incoming, b"traceparent"), (), entropy)
    return ((b"traceparent", span.traceparent.encode()),)


def _texts(incoming: IncomingCall, name: bytes) -> list[str]:
    return [value.decode("latin-1") for value in incoming.header_values(name)]
