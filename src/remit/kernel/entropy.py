"""Chance comes in by the door: whoever draws ids, keys or nonces takes an Entropy."""

import os
import secrets
from typing import Protocol

# Asking the kernel costs some 20 microseconds, whether for 16 bytes or for many.
_AHEAD = 2048
_SMALL = 16


class Entropy(Protocol):
    """A source of unpredictable bytes; `testing.FakeEntropy` makes runs repeatable."""

    def draw(self, size: int) -> bytes:
        """`size` bytes that nobody can predict."""
        ...


class SystemEntropy:
    """The operating system's generator.

    What ids are made of (16 bytes at most) is drawn ahead, each byte given out once; keys and
    nonces are drawn when they are asked for. A forked process draws anew.
    """

    def __init__(self) -> None:
        self._ahead = b""
        self._used = 0
        os.register_at_fork(after_in_child=self._forget)

    def draw(self, size: int) -> bytes:
        if size > _SMALL:
            return secrets.token_bytes(size)
        end = self._used + size
        if end > len(self._ahead):
            self._ahead, end = secrets.token_bytes(_AHEAD), size
        self._used = end
        return self._ahead[end - size : end]

    def _forget(self) -> None:
        self._ahead, self._used = b"", 0
