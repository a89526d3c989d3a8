"""Query strings, read one way: each name once, each pair with a value, UTF-8, nothing else.

Read as application/x-www-form-urlencoded (WHATWG URL, section 5.1), where `+` is a space; what is
read is written anew, so that the upstream never sees how the caller spelt it.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote_to_bytes

from remit.proxy.errors import AmbiguousRequest

_PAIR = re.compile(
    rb"((?:[A-Za-z0-9\-._~!$'()*+,:@/?]|%[0-9A-Fa-f]{2})+)"
    rb"=((?:[A-Za-z0-9\-._~!$'()*+,:@/?]|%[0-9A-Fa-f]{2})*)"
)
MAX_PAIRS = 256


def parse_query(raw: bytes) -> Mapping[str, str]:
    """The parameters of a query string, without its `?`."""
    if not raw:
        return {}
    pieces = raw.split(b"&")
    if len(pieces) > MAX_PAIRS:
        raise AmbiguousRequest(f"a query of {len(pieces)} pairs")
    parameters: dict[str, str] = {}
    for piece in pieces:
        match = _PAIR.fullmatch(piece)
        if match is None:
            raise AmbiguousRequest("a query with a pair that is not name=value in plain characters")
        name, value = _decode(match[1]), _decode(match[2])
        if any(name.casefold() == other.casefold() for other in parameters):
            raise AmbiguousRequest("a query that names a parameter twice, but for case")
        parameters[name] = value
    return parameters


def format_query(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The one spelling of these parameters, with `?` in front; empty if there are none."""
    written = "&".join([f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs])
    return f"?{written}".encode() if written else b""


def _decode(raw: bytes) -> str:
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise AmbiguousRequest("a query that is not UTF-8") from None
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise AmbiguousRequest("a query with control characters")
    return text
