"""The headers that mirror a message (Streamable HTTP, "Request Metadata"): read, compare, write.

A header that is read here is compared with the body and then forgotten; what goes upstream is
written anew from the body. Field names are compared without case, values exactly.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from remit.mcp.errors import HeaderMismatch, MediaTypeRefused, NotAcceptable

Header: TypeAlias = tuple[bytes, bytes]

VERSION = b"mcp-protocol-version"
METHOD = b"mcp-method"
NAME = b"mcp-name"
PARAM_PREFIX = b"mcp-param-"

JSON_TYPE = b"application/json"
EVENT_STREAM = b"text/event-stream"

_USUAL = JSON_TYPE + b", " + EVENT_STREAM
_MAX_PARAMS = 64
_ONCE = frozenset({VERSION, METHOD, NAME, b"content-type", b"accept"})
_VALUE = re.compile(rb"[\t -~]*")
_CONTENT_TYPE = re.compile(rb'application/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*')
# 0, 0.0 and 0.00 all say that nothing of this kind is wanted.
_UNWANTED = re.compile(rb"q[ \t]*=[ \t]*0(?:\.0*)?")
_OPEN, _CLOSE = "=?base64?", "?="


@dataclass(frozen=True, slots=True)
class MCPHeaders:
    """The mirrored headers of one request, each at most once. Values are not decoded yet."""

    version: str | None
    method: str | None
    name: str | None
    params: tuple[tuple[str, str], ...] = field(default=())

    def find_param(self, name: str) -> str | None:
        """The value of `Mcp-Param-{name}`, or None."""
        wanted = name.lower()
        return next((value for key, value in self.params if key == wanted), None)


def read_headers(headers: Sequence[Header]) -> MCPHeaders:
    """Check Content-Type and Accept, and take the mirrored headers.

    Raises MediaTypeRefused, NotAcceptable, or HeaderMismatch for what is doubled or not plain text.
    """
    found: dict[bytes, bytes] = {}
    params: dict[str, str] = {}
    for raw_name, value in headers:
        name = raw_name.lower()
        if name.startswith(PARAM_PREFIX):
            key = name[len(PARAM_PREFIX) :].decode("latin-1")
            if key in params or len(params) >= _MAX_PARAMS:
                raise HeaderMismatch("a doubled Mcp-Param header, or too many", named="Mcp-Param")
            params[key] = _text(value, "Mcp-Param")
        elif name in _ONCE:
            # Two lines of Accept are one list (RFC 9110 section 5.3); all others must be alone.
            if name in found and name != b"accept":
                raise HeaderMismatch("a doubled header", named=name.decode("ascii"))
            found[name] = found[name] + b"," + value if name in found else value
    _check_media_types(found.get(b"content-type"), found.get(b"accept"))
    version, method, tool = (
        _text(found[name], name.decode("ascii")) if name in found else None
        for name in (VERSION, METHOD, NAME)
    )
    return MCPHeaders(version, method, tool, tuple(params.items()))


def _text(value: bytes, name: str) -> str:
    if not _VALUE.fullmatch(value):
        raise HeaderMismatch("a value that is not plain text", named=name)
    return value.decode("ascii").strip(" \t")


def _check_media_types(content_type: bytes | None, accept: bytes | None) -> None:
    if content_type is None or not _CONTENT_TYPE.fullmatch(content_type.lower().strip(b" \t")):
        raise MediaTypeRefused("a Content-Type other than application/json in UTF-8")
    if accept == _USUAL:
        return
    wanted: set[bytes] = set()
    for item in (accept or b"").split(b","):
        kind, *parameters = (part.strip(b" \t").lower() for part in item.split(b";"))
        if not any(_UNWANTED.fullmatch(parameter) for parameter in parameters):
            wanted.add(kind)
    for kind in (JSON_TYPE, EVENT_STREAM):
        if wanted.isdisjoint({kind, kind.partition(b"/")[0] + b"/*", b"*/*"}):
            raise NotAcceptable("an Accept that leaves out a media type of the protocol")


def encode_value(value: str) -> str:
    """A value as a header carries it: itself, or the Base64 form where that would not survive."""
    plain = value.isascii() and value.isprintable() and value == value.strip()
    if plain and not (value.startswith(_OPEN) and value.endswith(_CLOSE)):
        return value
    try:
        return f"{_OPEN}{b64encode(value.encode()).decode('ascii')}{_CLOSE}"
    except UnicodeEncodeError:
        raise HeaderMismatch("a value with a lone surrogate, which no header carries") from None


def decode_value(value: str, name: str) -> str:
    """What a header's value stands for. Raises HeaderMismatch for a broken Base64 form."""
    if len(value) < len(_OPEN) + len(_CLOSE) or not (
        value.startswith(_OPEN) and value.endswith(_CLOSE)
    ):
        return value
    inner = value[len(_OPEN) : -len(_CLOSE)]
    try:
        decoded = b64decode(inner, validate=True)
        # Non-canonical Base64 would give one name two spellings.
        if b64encode(decoded).decode("ascii") == inner:
            return decoded.decode()
    except (binascii.Error, UnicodeError):
        pass
    raise HeaderMismatch("a broken Base64 form", named=name)


def verify_mirrored(stated: str | None, said: str, name: str) -> str:
    """The body's value, which the header repeats exactly. Raises HeaderMismatch."""
    if stated is None:
        raise HeaderMismatch("a required header is missing", named=name)
    if stated != said:
        raise HeaderMismatch("a header differs from the body", named=name)
    return said
