"""The installation's own signing keys, sealed under the root tenant's ring.

Keys are kept by use (`access_token`, `checkpoint`); the newest of a use signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from remit.audit.journal import ControlState, Journal, PutDocument
from remit.audit.records import Record
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.secret import Secret
from remit.vault.keyring import OpenRing
from remit.vault.sealing import Place, read_term, seal, unseal

KIND = "signing_key"


class SigningKeyCreated(Record, frozen=True, kw_only=True, tag="signing_key.created"):
    """A signing key was made; `kid` names its public half."""

    use: str
    kid: str


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A private key in PEM form, sealed."""

    use: str
    kid: str
    sealed: bytes
    created_at: datetime


class SigningKeyVault:
    """Seals signing keys, and opens them for the app at start."""

    def __init__(self, journal: Journal, ring: OpenRing, clock: Clock, entropy: Entropy) -> None:
        self._journal = journal
        self._ring = ring
        self._clock = clock
        self._entropy = entropy

    async def keep(self, use: str, kid: str, pem: Secret[bytes]) -> None:
        """Seal and store a new key; raises Conflict where its kid is taken."""
        term, term_key = self._ring.current
        sealed = seal(term_key, term, self._place(use, kid), pem, self._entropy)
        key = SealedKey(use, kid, sealed, self._clock.now())
        body = msgspec.json.encode(key, order="sorted")
        await self._journal.commit(
            SigningKeyCreated(tenant=ROOT_TENANT, use=use, kid=kid),
            (PutDocument(ROOT_TENANT, KIND, f"{use}:{kid}", f"{use}:{kid}", body, 0),),
        )

    def open_keys(self, use: str, state: ControlState) -> Sequence[Secret[bytes]]:
        """The keys of a use in PEM form, oldest first."""
        keys = (
            msgspec.json.decode(document.body, type=SealedKey)
            for document in state.load_documents(KIND)
        )
        return tuple(self._open(key) for key in keys if key.use == use)

    def _open(self, key: SealedKey) -> Secret[bytes]:
        from_term = self._ring.key_of(read_term(key.sealed))
        return unseal(from_term, self._place(key.use, key.kid), key.sealed)

    def _place(self, use: str, kid: str) -> Place:
        return Place(self._ring.instance, ROOT_TENANT, KIND, f"{use}:{kid}", "pem", 1, 0)
