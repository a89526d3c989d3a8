"""Trace context (W3C Trace Context): read strictly, continued or begun anew, written once.

A header that is not exactly right begins a new trace and is never an error: tracing refuses nobody.
A trace id is a caller's claim: it joins log lines, and proves and decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from re import compile as pattern

from remit.kernel.entropy import Entropy

SAMPLED = 0x01
MAX_STATE_MEMBERS = 32
MAX_STATE_LENGTH = 512

_TRACEPARENT = pattern(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]*)?")
_INVALID_VERSION = "ff"
_OUR_VERSION = "00"
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
# W3C Trace Context section 3.3.1.3: a simple key or tenant@system; printable text, no `,` or `=`.
_STATE_MEMBER = pattern(
    r"([a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"
    r"=([ -+\--<>-~]{0,255}[!-+\--<>-~])"
)


@dataclass(frozen=True, slots=True)
class TraceContext:
    """One span's place in its trace. `parent_id` is None where the trace begins here."""

    trace_id: str
    span_id: str
    parent_id: str | None
    sampled: bool
    state: str

    def child(self, entropy: Entropy) -> "TraceContext":
        """The context of a span within this one, as it goes to an upstream."""
        return replace(self, span_id=_draw(entropy, 8), parent_id=self.span_id)

    @property
    def traceparent(self) -> str:
        """The header that says this span is the parent."""
        return f"{_OUR_VERSION}-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def begin_trace(entropy: Entropy) -> TraceContext:
    """A new trace, whose first span this is."""
    return TraceContext(_draw(entropy, 16), _draw(entropy, 8), None, False, "")


def receive_trace(
    traceparents: Sequence[str], tracestates: Sequence[str], entropy: Entropy
) -> TraceContext:
    """A span of ours within the trace that a request's headers name, or else a new trace.

    The arguments are all values of these headers, in order: two traceparents are none.
    """
    match = _TRACEPARENT.fullmatch(traceparents[0]) if len(traceparents) == 1 else None
    if match is None:
        return begin_trace(entropy)
    version, trace_id, parent_id, flags, more = match.groups()
    if version == _INVALID_VERSION or (version == _OUR_VERSION and more is not None):
        return begin_trace(entropy)
    if trace_id == _NO_TRACE or parent_id == _NO_SPAN:
        return begin_trace(entropy)
    sampled = bool(int(flags, 16) & SAMPLED)
    state = _parse_state(tracestates)
    return TraceContext(trace_id, _draw(entropy, 8), parent_id, sampled, state)


def _parse_state(headers: Sequence[str]) -> str:
    # Section 3.3.1: what cannot be parsed, or is too much to carry on, is dropped whole.
    text = ",".join(headers)
    if len(text) > 2 * MAX_STATE_LENGTH:
        return ""
    members = [member for raw in text.split(",") if (member := raw.strip(" \t"))]
    matches = [_STATE_MEMBER.fullmatch(member) for member in members]
    keys = {match[1] for match in matches if match is not None}
    state = ",".join(members)
    if len(keys) != len(members) or len(members) > MAX_STATE_MEMBERS:
        return ""
    return state if len(state) <= MAX_STATE_LENGTH else ""


def _draw(entropy: Entropy, size: int) -> str:
    drawn = entropy.draw(size)
    # Section 3.2.2: all zeros is no id.
    return drawn.hex() if any(drawn) else "01".zfill(2 * size)
