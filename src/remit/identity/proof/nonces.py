"""Stateless DPoP nonces (RFC 9449 sections 8 and 9): an HMAC of the current window of time.

A nonce is handed out by anybody who asks, is the same for all within its window, and is accepted
for `NONCE_LIFE_IN` at most. Whoever does not know the secret can neither make one for later nor
carry one over to another server; nothing is remembered for them.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import NewType

from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.oauth import UseDPoPNonce
from remit.kernel.secret import Secret

FreshNonce = NewType("FreshNonce", str)

STEP_IN = 60
# The end of the window after the one in which it was handed out.
NONCE_LIFE_IN = 2 * STEP_IN

_SECRET_BYTES = 32
_NONCE_BYTES = 18
_PURPOSE = b"remit/dpop-nonce/1"


class Nonces:
    """The nonces of one server. Use `of_process` or `of_site` to make it."""

    __slots__ = ("_accepted", "_current", "_read_seconds", "_secret", "_step")

    def __init__(self, secret: Secret[bytes], read_seconds: Callable[[], float]) -> None:
        if len(secret.open()) < _SECRET_BYTES:
            raise ValueError("a nonce secret has 32 bytes at least")
        self._secret = secret
        self._read_seconds = read_seconds
        self._enter(self._read_step())

    @classmethod
    def of_process(cls, entropy: Entropy, clock: Clock) -> "Nonces":
        """For a verifier that remembers proofs in memory (the proxy).

        Its secret dies with the process, so that a proof from before a restart, or for a sibling,
        fails with `use_dpop_nonce`; its windows follow the monotonic clock, as its memory does.
        """
        return cls(Secret(entropy.draw(_SECRET_BYTES)), clock.monotonic)

    @classmethod
    def of_site(cls, secret: Secret[bytes], clock: Clock) -> "Nonces":
        """For verifiers that claim each `jti` durably (the token endpoint), in any process.

        Drawn from `secret` for this purpose alone, so that a restart costs clients no extra turn.
        """
        derived = hmac_digest(secret.open(), _PURPOSE, sha256)
        return cls(Secret(derived), lambda: clock.now().timestamp())

    def current(self) -> str:
        """What DPoP-Nonce says now; put it into every answer (RFC 9449 section 8.2)."""
        step = self._read_step()
        if step != self._step:
            self._enter(step)
        return self._current

    def verify(self, unverified_nonce: str | None) -> FreshNonce:
        """The nonce, which this server handed out not long ago; raises UseDPoPNonce."""
        step = self._read_step()
        if step != self._step:
            self._enter(step)
        # Anybody is given these on asking: comparing them in constant time would hide nothing.
        if unverified_nonce is None or unverified_nonce not in self._accepted:
            raise UseDPoPNonce("proof without a nonce, or with one of another time or server")
        return FreshNonce(unverified_nonce)

    def _read_step(self) -> int:
        return int(self._read_seconds() // STEP_IN)

    def _enter(self, step: int) -> None:
        self._step = step
        self._current = self._draw(step)
        # The next one may come from a sibling of the site whose clock is ahead of ours.
        self._accepted = (self._current, self._draw(step - 1), self._draw(step + 1))

    def _draw(self, step: int) -> str:
        window = step.to_bytes(8, "big", signed=True)
        mac = hmac_digest(self._secret.open(), window, sha256)
        return urlsafe_b64encode(mac[:_NONCE_BYTES]).decode()
