"""A file slot's key: private to its owner, whole, and of this installation."""

from pathlib import Path

import pytest

from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import InstanceId
from remit.kernel.secret import Secret
from remit.vault.slots import (
    KeySlot,
    SlotUnusable,
    create_key_file,
    decode_slot,
    encode_slot,
    open_root,
    read_key_file,
    wrap_root,
)
from remit.vault.xaes import Unsealable

ENTROPY = SystemEntropy()
INSTANCE = InstanceId("ins_a")


def slot_of(key: Secret[bytes], root: Secret[bytes]) -> KeySlot:
    wrapped = wrap_root(key, root, "file-1", INSTANCE, ENTROPY)
    return KeySlot("file-1", "file", "keys/slot-1.key", wrapped, SystemClock().now())


def test_a_key_file_is_private_and_opens_the_root(tmp_path: Path) -> None:
    key = create_key_file(tmp_path / "keys" / "slot.key", ENTROPY)
    assert (tmp_path / "keys" / "slot.key").stat().st_mode & 0o777 == 0o600
    root = Secret(b"r" * 32)
    slot = decode_slot(encode_slot(slot_of(key, root)))
    again = read_key_file(tmp_path / "keys" / "slot.key")
    assert open_root(again, slot, INSTANCE).open() == root.open()


def test_a_key_file_is_never_replaced(tmp_path: Path) -> None:
    create_key_file(tmp_path / "slot.key", ENTROPY)
    with pytest.raises(FileExistsError):
        create_key_file(tmp_path / "slot.key", ENTROPY)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    create_key_file(tmp_path / "slot.key", ENTROPY)
    (tmp_path / "slot.key").chmod(0o640)
    with pytest.raises(SlotUnusable, match="must be 600"):
        read_key_file(tmp_path / "slot.key")


def test_a_missing_or_short_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SlotUnusable):
        read_key_file(tmp_path / "slot.key")
    (tmp_path / "short.key").touch(mode=0o600)
    (tmp_path / "short.key").write_bytes(b"short")
    with pytest.raises(SlotUnusable, match="32 bytes"):
        read_key_file(tmp_path / "short.key")


def test_a_slot_of_another_installation_does_not_open() -> None:
    key = Secret(bytes(32))
    slot = slot_of(key, Secret(b"r" * 32))
    with pytest.raises(Unsealable):
        open_root(key, slot, InstanceId("ins_b"))
