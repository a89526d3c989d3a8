"""Chance that is the same in every run, and never repeats within one."""

from hashlib import shake_256


class FakeEntropy:
    """Bytes drawn from a seed by SHAKE-256. Never for anything but tests."""

    def __init__(self, seed: str = "remit") -> None:
        self._seed = seed.encode()
        self._draws = 0

    def draw(self, size: int) -> bytes:
        self._draws += 1
        return shake_256(self._seed + self._draws.to_bytes(8, "big")).digest(size)
