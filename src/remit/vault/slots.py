"""Key slots: each wraps the same root key under a key that is held elsewhere; any one opens it.

The embedded default is one `file` slot: 32 random bytes in a file of mode 0600 beside the database.
Other kinds (KMS, PKCS#11, passphrase, shares) join it as further slots without touching any data.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_IMODE
from typing import Literal, TypeAlias

import msgspec

from remit.kernel.entropy import Entropy
from remit.kernel.errors import RemitError
from remit.kernel.ids import ROOT_TENANT, InstanceId
from remit.kernel.secret import Secret
from remit.vault.sealing import Place
from remit.vault.wrapping import unwrap, wrap
from remit.vault.xaes import KEY_BYTES

KIND = "key_slot"
SlotKind: TypeAlias = Literal["file"]


class SlotUnusable(RemitError):
    """The slot's key is missing, unsafe to use, or does not open the root key."""


@dataclass(frozen=True, slots=True)
class KeySlot:
    """One wrap of the root key. `path` is the key file, relative to the state directory."""

    id: str
    kind: SlotKind
    path: str
    wrapped_root: bytes
    created_at: datetime


def create_key_file(path: Path, entropy: Entropy) -> Secret[bytes]:
    """Write a new 32-byte key, readable by its owner alone; refuses to replace one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = entropy.draw(KEY_BYTES)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(key)
    return Secret(key)


def read_key_file(path: Path) -> Secret[bytes]:
    """The key of a file slot; raises SlotUnusable if it is missing, short, or open to others."""
    try:
        mode = S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as problem:
        raise SlotUnusable(f"{path}: {problem.strerror}") from None
    if mode & 0o077:
        raise SlotUnusable(f"{path} has mode {mode:o}; it must be 600")
    if len(content) != KEY_BYTES:
        raise SlotUnusable(f"{path} does not hold {KEY_BYTES} bytes")
    return Secret(content)


def wrap_root(
    slot_key: Secret[bytes], root: Secret[bytes], slot: str, instance: InstanceId, entropy: Entropy
) -> bytes:
    """The root key, wrapped for one slot of one installation."""
    return wrap(slot_key, 0, _place(slot, instance), root, entropy)


def open_root(slot_key: Secret[bytes], slot: KeySlot, instance: InstanceId) -> Secret[bytes]:
    """The root key; raises Unsealable when the slot's key is another."""
    return unwrap(slot_key, _place(slot.id, instance), slot.wrapped_root)


def encode_slot(slot: KeySlot) -> bytes:
    return msgspec.json.encode(slot, order="sorted")


def decode_slot(body: bytes) -> KeySlot:
    return msgspec.json.decode(body, type=KeySlot)


def _place(slot: str, instance: InstanceId) -> Place:
    return Place(instance, ROOT_TENANT, KIND, slot, "wrapped_root", version=1, generation=0)
