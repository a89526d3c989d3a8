"""Chance comes in by the door: whoever draws ids, keys or nonces takes an Entropy."""

import secrets
from typing import Protocol


class Entropy(Protocol):
    """A source of unpredictable bytes; `testing.FakeEntropy` makes runs repeatable."""

    def draw(self, size: int) -> bytes:
        """`size` bytes that nobody can predict."""
        ...


class SystemEntropy:
    """The operating system's generator."""

    def draw(self, size: int) -> bytes:
        return secrets.token_bytes(size)
