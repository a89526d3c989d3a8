"""The forms in which a secret could come back: what replies are scanned for.

An upstream that echoes its credential often echoes it encoded. Base64 of a longer text holds the
secret in one of three alignments, without the characters that its neighbours share.
"""

import base64
import html
import json
from urllib.parse import quote

# Shorter secrets would be found in innocent replies; `Secrets` refuses them.
SHORTEST_SECRET = 8
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# What percent-encoders leave as it is: nothing, what JavaScript's does, and a path's slash.
_KEPT_IN_URLS = ("", "!'()*", "/")


def needles_of(value: bytes) -> tuple[bytes, ...]:
    """Every form of a secret that is worth looking for, without doubles, longest first."""
    forms = {value, value.hex().encode(), value.hex().upper().encode()}
    for shift in range(3):
        forms.update(_base64_forms(value, shift))
    for kept in _KEPT_IN_URLS:
        escaped = quote(value, safe=kept).encode()
        forms.update({escaped, _lower_escapes(escaped), escaped.replace(b"%20", b"+")})
    if (text := _as_text(value)) is not None:
        forms.add(json.dumps(text)[1:-1].encode())
        forms.add(json.dumps(text)[1:-1].replace("/", "\\/").encode())
        marked = html.escape(text)
        forms.update({marked.encode(), marked.replace("&#x27;", "&#39;").encode()})
        forms.add(html.escape(text, quote=False).encode())
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


def _base64_forms(value: bytes, shift: int) -> tuple[bytes, bytes]:
    """Base64 and base64url of the value behind `shift` unknown bytes, without the shared edges."""
    encoded = base64.b64encode(bytes(shift) + value).rstrip(b"=")
    first = (0, 2, 3)[shift]
    last = len(encoded) - (1 if (shift + len(value)) % 3 else 0)
    form = encoded[first:last]
    return form, form.translate(_URL_SAFE)


def _lower_escapes(escaped: bytes) -> bytes:
    parts = escaped.split(b"%")
    return parts[0] + b"".join(b"%" + part[:2].lower() + part[2:] for part in parts[1:])


def _as_text(value: bytes) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
