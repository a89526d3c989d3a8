"""Custody of the root key: made once at `remit init`, opened at every start from any key slot."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from remit.audit.journal import ControlState, Document, Journal, PutDocument
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.errors import NotFound
from remit.kernel.ids import ROOT_TENANT, InstanceId, TenantId
from remit.kernel.secret import Secret
from remit.vault import keyring, slots
from remit.vault.keyring import OpenRing, create_ring, encode_ring, open_ring
from remit.vault.records import KeyRingCreated
from remit.vault.slots import (
    KeySlot,
    create_key_file,
    encode_slot,
    open_root,
    read_key_file,
    wrap_root,
)
from remit.vault.wrapping import draw_key
from remit.vault.xaes import Unsealable

FIRST_SLOT = "file-1"
FIRST_KEY_FILE = "keys/slot-1.key"


@dataclass(frozen=True, slots=True)
class Custody:
    """The installation's root key and key rings, open. Held by the app, handed to nobody whole."""

    instance: InstanceId
    root: Secret[bytes] = field(repr=False)
    rings: tuple[OpenRing, ...] = field(repr=False)

    def ring_of(self, tenant: TenantId) -> OpenRing:
        """The open ring of a tenant; raises NotFound."""
        for ring in self.rings:
            if ring.ring.tenant == tenant:
                return ring
        raise NotFound(f"no key ring of {tenant}")


async def create_custody(
    directory: Path, instance: InstanceId, journal: Journal, clock: Clock, entropy: Entropy
) -> None:
    """Make the root key, its first slot (a key file) and the first tenant's ring."""
    slot_key = create_key_file(directory / FIRST_KEY_FILE, entropy)
    root = draw_key(entropy)
    wrapped = wrap_root(slot_key, root, FIRST_SLOT, instance, entropy)
    slot = KeySlot(FIRST_SLOT, "file", FIRST_KEY_FILE, wrapped, clock.now())
    ring = create_ring(ROOT_TENANT, root, instance, entropy)
    await journal.commit(
        KeyRingCreated(tenant=ROOT_TENANT, slot=FIRST_SLOT),
        (
            PutDocument(ROOT_TENANT, slots.KIND, slot.id, slot.id, encode_slot(slot), 0),
            PutDocument(ROOT_TENANT, keyring.KIND, ROOT_TENANT, ROOT_TENANT, encode_ring(ring), 0),
        ),
    )


def open_custody(directory: Path, instance: InstanceId, state: ControlState) -> Custody:
    """Open the root key from the first usable slot, and all rings; raises SlotUnusable."""
    root = _open_any(directory, instance, state.load_documents(slots.KIND))
    rings = tuple(
        open_ring(keyring.decode_ring(document.body, document.revision), root, instance)
        for document in state.load_documents(keyring.KIND)
    )
    return Custody(instance, root, rings)


def _open_any(
    directory: Path, instance: InstanceId, documents: Sequence[Document]
) -> Secret[bytes]:
    problems: list[str] = []
    for document in documents:
        slot = slots.decode_slot(document.body)
        try:
            return open_root(read_key_file(directory / slot.path), slot, instance)
        except (slots.SlotUnusable, Unsealable) as problem:
            problems.append(f"{slot.id}: {problem.detail}")
    raise slots.SlotUnusable("; ".join(problems) or "there is no key slot: run `remit init`")
