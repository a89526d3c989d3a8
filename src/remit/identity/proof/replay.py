"""The memory of a process for the proofs that it accepted (RFC 9449 section 11.1).

A proof's `jti` is claimed once for its key, and remembered for as long as the proof could pass the
other checks. Memory is bounded: when it is full, proofs are refused, never forgotten early.
"""

from hashlib import sha256

from remit.identity.evidence import Confirmation
from remit.identity.proof.dpop import ACCEPTANCE_IN, AHEAD_IN, VerifiedProof
from remit.identity.proof.nonces import NONCE_LIFE_IN
from remit.kernel.clock import Clock
from remit.kernel.errors import Unavailable
from remit.kernel.oauth import InvalidDPoPProof

# Longer than both windows in which a proof is acceptable: that of its `iat`, and that of its nonce.
REMEMBER_IN = max(NONCE_LIFE_IN, ACCEPTANCE_IN + AHEAD_IN + 1)

# About 100 bytes each: 50 MB at the very worst, and 2000 proofs a second for as long as one likes.
DEFAULT_CAPACITY = 250_000

# Two jtis that fall together by chance would cost one refused call: never seen at 96 bits.
_KEY_BYTES = 12


class ReplayWindow:
    """Claims proofs for one process; its `Nonces` must be those `of_process`.

    Two generations: each is remembered for `REMEMBER_IN` after it was closed to new entries, so
    that forgetting costs nothing per entry. `capacity` bounds each of them.
    """

    __slots__ = ("_capacity", "_clock", "_older", "_since", "_younger")

    def __init__(self, clock: Clock, capacity: int = DEFAULT_CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._younger: set[bytes] = set()
        self._older: set[bytes] = set()
        self._since = clock.monotonic()

    def claim(self, proof: VerifiedProof) -> Confirmation:
        """Use the proof, for the first and only time. Atomic: there is no await within.

        Call it last, when the proof is known to belong to the token that it came with, so that
        nobody without a good token can fill this memory. Raises InvalidDPoPProof where the proof
        was used before, Unavailable when full.
        """
        self._forget()
        # A jkt is always 43 characters, so that two pairs never read as one.
        key = sha256((proof.jkt + proof.jti).encode()).digest()[:_KEY_BYTES]
        if key in self._younger or key in self._older:
            raise InvalidDPoPProof(f"proof of key {proof.jkt} was used before")
        if len(self._younger) >= self._capacity:
            raise Unavailable("the memory for DPoP proofs is full")
        self._younger.add(key)
        return Confirmation(proof.jkt, None)

    def __len__(self) -> int:
        return len(self._younger) + len(self._older)

    def _forget(self) -> None:
        elapsed = self._clock.monotonic() - self._since
        if elapsed < REMEMBER_IN:
            return
        # After two lengths of silence what is younger is old enough to go as well.
        self._older = self._younger if elapsed < 2 * REMEMBER_IN else set()
        self._younger = set()
        self._since += elapsed
