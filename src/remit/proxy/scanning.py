"""Replies are searched for the credential that the call carried, in every form it could come back.

What is in one piece is searched as it is and with JSON's escapes undone; what comes in pieces is
held back as far as it could be the beginning of the secret, so that however an upstream cuts its
answer, the decision is the same as over the whole, and no part of the secret leaves before it.
"""

import re
from typing import NoReturn

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

    def stream(self) -> "StreamScanner":
        """A search over one body that comes in pieces."""
        return StreamScanner(self._needles)


class StreamScanner:
    """One body's search. Feed it every piece; what it returns may leave."""

    __slots__ = ("_held", "_longest", "_needles", "_refused")

    def __init__(self, needles: tuple[bytes, ...]) -> None:
        self._needles = needles
        self._longest = max(map(len, needles), default=0)
        self._held = b""
        self._refused = False

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that may leave now: all but an end that could be the secret's beginning."""
        if self._refused:
            _refuse()
        content = self._held + chunk if self._held else chunk
        for needle in self._needles:
            if needle in content:
                self._held, self._refused = b"", True
                _refuse()
        keep = self._suspect(content)
        self._held = content[len(content) - keep :] if keep else b""
        return content[: len(content) - keep]

    def end(self) -> bytes:
        """What was held back, now that nothing can follow it."""
        if self._refused:
            _refuse()
        held, self._held = self._held, b""
        return held

    def _suspect(self, content: bytes) -> int:
        """How many bytes at the end are the beginning of some needle; the longest such end."""
        tail = content[-(self._longest - 1) :] if self._longest > 1 else b""
        longest = 0
        for needle in self._needles:
            place = tail.find(needle[:1])
            while 0 <= place < len(tail) - longest:
                if needle.startswith(tail[place:]):
                    longest = len(tail) - place
                    break
                place = tail.find(needle[:1], place + 1)
        return longest


def _refuse() -> NoReturn:
    raise CredentialEchoed("the reply holds the injected credential")


def _unescape(content: bytes) -> bytes:
    return _ESCAPE.sub(_plain, content)


def _plain(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    return _SHORT.get(match[2], match[2])
