"""Chance comes in by the door: whoever draws ids, keys or nonces takes an Entropy."""

import os
import secrets
from collections import deque
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

    What ids are made of (16 bytes at most) is drawn ahead, each block given out once, whichever
    thread asks; keys and nonces are drawn when they are asked for. A forked process draws anew.
    """

    def __init__(self) -> None:
        self._ahead: deque[bytes] = deque()
        os.register_at_fork(after_in_child=self._ahead.clear)

    def draw(self, size: int) -> bytes:
        if size > _SMALL:
            return secrets.token_bytes(size)
        try:
            # One step of the interpreter: no two threads are given the same block.
            return self._ahead.popleft()[:size]
        except IndexError:
            drawn = secrets.token_bytes(_AHEAD)
            self._ahead.extend(drawn[at : at + _SMALL] for at in range(_SMALL, _AHEAD, _SMALL))
            return drawn[:size]
