"""Request paths of HTTP tools: normalised once, into segments; what is ambiguous is refused.

A path means the same to every reader, or it raises Malformed: no dot segments, empty segments,
parameters (`;`), backslashes, encoded separators, double encoding, needless or lower-case encoding,
invalid UTF-8 or unprintable text (RFC 3986 sections 2.3, 3.3 and 6.2.2). `format_path` writes the
one spelling of the segments that were decided on, and it is what goes upstream.
"""

from collections.abc import Sequence
from re import compile as pattern
from unicodedata import is_normalized, normalize
from urllib.parse import quote, unquote_to_bytes

from remit.kernel.errors import Malformed

MAX_PATH_BYTES = 8192
MAX_SEGMENTS = 128

# RFC 3986 section 3.3, pchar without `;`, which some servers cut off as a parameter.
_SEGMENT = pattern(rb"(?:[A-Za-z0-9\-._~!$&'()*+,=:@]|%[0-9A-F]{2})+")
# RFC 3986 section 6.2.2.2: unreserved characters stand for themselves.
_NEEDLESS = pattern(rb"%(?:2D|2E|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])")
_ENCODED_AGAIN = pattern(r"%[0-9A-Fa-f]{2}")
_SEPARATORS = frozenset("/\\;")
_LITERAL = "!$&'()*+,=:@"


def parse_request_path(raw: bytes) -> tuple[str, ...]:
    """The decoded segments of an absolute path without query; `/` has none."""
    if len(raw) > MAX_PATH_BYTES:
        raise Malformed(f"path of {len(raw)} bytes")
    if not raw.startswith(b"/"):
        raise Malformed("path that does not begin with a slash")
    if raw == b"/":
        return ()
    pieces = raw[1:].split(b"/")
    if len(pieces) > MAX_SEGMENTS:
        raise Malformed(f"path of {len(pieces)} segments")
    return tuple([_decode(piece) for piece in pieces])


def format_path(segments: Sequence[str]) -> bytes:
    """The path of these segments; raises Malformed where one of them cannot be a segment."""
    if len(segments) > MAX_SEGMENTS:
        raise Malformed(f"path of {len(segments)} segments")
    path = "/" + "/".join([quote(check_segment(segment), safe=_LITERAL) for segment in segments])
    if len(path) > MAX_PATH_BYTES:
        raise Malformed(f"path of {len(path)} bytes")
    return path.encode()


def check_segment(segment: str) -> str:
    """The same decoded segment, if no server could read it as anything but one segment."""
    if not segment.strip(". "):
        # Also `...` and `. `: Windows forgets trailing dots and spaces.
        raise Malformed("path with an empty segment or a dot segment")
    if not segment.isprintable():
        raise Malformed("path with unprintable text")
    if _SEPARATORS.intersection(segment):
        raise Malformed("path segment with a separator")
    if _ENCODED_AGAIN.search(segment):
        raise Malformed("path encoded twice")
    if not segment.isascii():
        _check_foreign(segment)
    return segment


def _decode(piece: bytes) -> str:
    if _SEGMENT.fullmatch(piece) is None:
        raise Malformed("path with an empty segment, or with bytes that a segment cannot hold")
    if b"%" not in piece:
        return check_segment(piece.decode("ascii"))
    if _NEEDLESS.search(piece):
        raise Malformed("path that encodes what needs no encoding")
    try:
        return check_segment(unquote_to_bytes(piece).decode())
    except UnicodeDecodeError:
        raise Malformed("path that is not UTF-8") from None


def _check_foreign(segment: str) -> None:
    if not is_normalized("NFC", segment):
        raise Malformed("path with text that has two spellings")
    # A server that folds compatibility forms would read a full-width slash or dot as the real one.
    folded = normalize("NFKC", segment)
    if not folded.strip(". ") or any(
        folded.count(mark) > segment.count(mark) for mark in "/\\;%?#."
    ):
        raise Malformed("path with text that folds into separators")
