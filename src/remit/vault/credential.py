"""Credential: what a permitted call carries upstream. Made by the vault for a CallPermit alone."""

from dataclasses import dataclass

from remit.kernel.ids import SecretId
from remit.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Credential:
    """One header for exactly one upstream (its tool server's). `needles` are the encodings of the

    secret that replies are scanned for. `header` None: the upstream needs no credential.
    """

    header: str | None
    value: Secret[bytes] | None
    secret: SecretId | None
    version: int | None
    needles: Secret[tuple[bytes, ...]]
