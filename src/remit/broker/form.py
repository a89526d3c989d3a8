"""The form of a token request, parsed strictly: RFC 6749 section 3.2 and appendix B.

Parameters stand once, in UTF-8, without stray bytes. Nothing is repaired.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from remit.kernel.oauth import InvalidRequest

MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_BYTES = 64 << 10
MAX_PARAMETERS = 32

# RFC 6749 appendix B: names and values are percent-encoded; space may be "+".
# Possessive: an assertion is a kilobyte, and is read in runs.
_ENCODED = re.compile(rb"(?:[A-Za-z0-9._~*+!'()@:,/?$-]++|%[0-9A-Fa-f]{2})*+")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def parse_form(content_types: tuple[str, ...], body: bytes) -> Mapping[str, str]:
    """The parameters of a form by name; raises InvalidRequest, with the reason for the log only."""
    if len(content_types) != 1 or not _is_form(content_types[0]):
        raise InvalidRequest(f"content type is not one {MEDIA_TYPE}")
    if len(body) > MAX_BYTES:
        raise InvalidRequest(f"a form has at most {MAX_BYTES} bytes")
    pairs = body.split(b"&") if body else []
    if len(pairs) > MAX_PARAMETERS:
        raise InvalidRequest(f"a form has at most {MAX_PARAMETERS} parameters")
    form: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition(b"=")
        if not equals:
            raise InvalidRequest("a parameter has no value")
        decoded = _decode(name)
        if not decoded or decoded in form:
            # RFC 6749 section 3.2: parameters MUST NOT be included more than once.
            raise InvalidRequest("a parameter is nameless or doubled")
        form[decoded] = _decode(value)
    # RFC 6749 section 3.2: a parameter without a value is treated as if it were omitted.
    return {name: value for name, value in form.items() if value}


def _is_form(content_type: str) -> bool:
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != MEDIA_TYPE:
        return False
    return parameters.strip().lower() in ("", "charset=utf-8", 'charset="utf-8"')


def _decode(encoded: bytes) -> str:
    if not _ENCODED.fullmatch(encoded):
        raise InvalidRequest("a parameter is not percent-encoded")
    try:
        text = unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise InvalidRequest("a parameter is not UTF-8") from None
    if _CONTROL.search(text):
        raise InvalidRequest("a parameter holds a control character")
    return text
