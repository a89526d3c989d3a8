"""A file slot's key: private to its owner, whole, and of this installation."""

import os
from collections.abc import Callable
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
    before = (tmp_path / "slot.key").read_bytes()
    with pytest.raises(SlotUnusable, match="File exists"):
        create_key_file(tmp_path / "slot.key", ENTROPY)
    assert (tmp_path / "slot.key").read_bytes() == before


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    create_key_file(tmp_path / "slot.key", ENTROPY)
    (tmp_path / "slot.key").chmod(0o640)
    with pytest.raises(SlotUnusable, match="must be 600"):
        read_key_file(tmp_path / "slot.key")


def test_a_missing_or_short_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SlotUnusable):
        read_key_file(tmp_path / "slot.key")
    for content in (b"", b"short", bytes(33)):
        (tmp_path / "short.key").touch(mode=0o600)
        (tmp_path / "short.key").write_bytes(content)
        with pytest.raises(SlotUnusable, match="32 bytes"):
            read_key_file(tmp_path / "short.key")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "slot.key")
    (tmp_path / "slot.key").chmod(0o600)
    with pytest.raises(SlotUnusable, match="no file"):
        read_key_file(tmp_path / "slot.key")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_that_another_user_put_there_is_refused(tmp_path: Path) -> None:
    create_key_file(tmp_path / "slot.key", ENTROPY)
    os.chown(tmp_path / "slot.key", 12345, -1)
    with pytest.raises(SlotUnusable, match="belongs to uid 12345"):
        read_key_file(tmp_path / "slot.key")


def test_no_mask_of_the_shell_opens_a_key_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        create_key_file(tmp_path / "keys" / "slot.key", ENTROPY)
    finally:
        os.umask(before)
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys" / "slot.key").stat().st_mode & 0o077 == 0


def test_a_slot_of_another_installation_does_not_open() -> None:
    key = Secret(bytes(32))
    slot = slot_of(key, Secret(b"r" * 32))
    with pytest.raises(Unsealable):
        open_root(key, slot, InstanceId("ins_b"))
