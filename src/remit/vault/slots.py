"""Key slots: each wraps the same root key under a key that is held elsewhere; any one opens it.

The embedded default is one `file` slot: 32 random bytes in a file of mode 0600 beside the database.
Other kinds (KMS, PKCS#11, passphrase, shares) join it as further slots without touching any data.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_IMODE, S_ISREG
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
    """Write a new 32-byte key, readable by its owner alone, and durably: what is sealed under it

    is committed next, and would be lost with it. Raises SlotUnusable rather than replace a key.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = entropy.draw(KEY_BYTES)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as problem:
        raise SlotUnusable(f"{path}: {problem.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    for directory in (path.parent, path.parent.parent):
        _sync_directory(directory)
    return Secret(key)


def read_key_file(path: Path) -> Secret[bytes]:
    """The key of a file slot; raises SlotUnusable if it is missing, short, or open to others."""
    try:
        # What is checked is what is read; a pipe in its place is refused instead of waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        raise SlotUnusable(f"{path}: {problem.strerror}") from None
    try:
        _verify_private(path, os.fstat(descriptor))
        content = os.read(descriptor, KEY_BYTES + 1)
    finally:
        os.close(descriptor)
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


def _verify_private(path: Path, found: os.stat_result) -> None:
    mode = S_IMODE(found.st_mode)
    if not S_ISREG(found.st_mode):
        raise SlotUnusable(f"{path} is no file")
    if mode & 0o077:
        raise SlotUnusable(f"{path} has mode {mode:o}; it must be 600")
    if found.st_uid not in (0, os.geteuid()):
        raise SlotUnusable(f"{path} belongs to uid {found.st_uid}, who could have put it there")


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
