"""Replies are searched for the credential that the call carried, in every form it could come back.

It is searched as it is, with percent escapes undone, and with JSON's escapes undone. What comes in
pieces is searched by events, or by lines, before any of them leaves: however an upstream cuts its
answer, the decision is the same as over the whole, and no part of the secret leaves before it.
"""

import re
from typing import NoReturn
from urllib.parse import unquote_to_bytes

from remit.proxy.errors import CredentialEchoed

_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
# JSON in a string in JSON: how often escapes are undone before the search gives up looking deeper.
_UNESCAPED_TIMES = 3


class Scanner:
    """Searches for the encodings of one call's secret. It never says which it found, or where."""

    __slots__ = ("_needles",)

    def __init__(self, needles: tuple[bytes, ...]) -> None:
        self._needles = needles

    def __repr__(self) -> str:
        return "Scanner(...)"

    def check(self, content: bytes) -> None:
        """Raises CredentialEchoed if the secret is in `content` in any form."""
        for _ in range(_UNESCAPED_TIMES + 1):
            self._check_plain(content)
            if b"\\" not in content or not self._needles:
                return
            content = _unescape(content)
        self._check_plain(content)

    def _check_plain(self, content: bytes) -> None:
        for needle in self._needles:
            if needle in content:
                _refuse()
        if b"%" not in content:
            return
        # Every client library leaves other characters as they are: no needle is all their styles.
        plain = unquote_to_bytes(content)
        for needle in self._needles:
            if needle in plain:
                _refuse()


def _refuse() -> NoReturn:
    raise CredentialEchoed("the reply holds the injected credential")


def _unescape(content: bytes) -> bytes:
    return _ESCAPE.sub(_plain, content)


def _plain(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    return _SHORT.get(match[2], match[2])
