"""The root key: made once, opened at every start from any slot that still can, handed to nobody."""

import asyncio
from pathlib import Path

import pytest

from remit.audit.journal import AuditUnavailable, Document, PutDocument
from remit.kernel.errors import NotFound
from remit.kernel.ids import ROOT_TENANT, InstanceId, TenantId
from remit.kernel.secret import Secret
from remit.storage.memory.journal import MemoryJournal
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.vault import slots
from remit.vault.custody import FIRST_KEY_FILE, Custody, create_custody, open_custody
from remit.vault.records import KeyRingCreated
from remit.vault.slots import KeySlot, SlotUnusable, create_key_file, encode_slot, wrap_root
from remit.vault.xaes import Unsealable

CLOCK, ENTROPY = FakeClock(), FakeEntropy("custody")


def made(home: Path) -> MemoryJournal:
    journal = MemoryJournal(CLOCK, ENTROPY)
    asyncio.run(create_custody(home, journal.instance, journal, CLOCK, ENTROPY))
    return journal


def opened(home: Path, journal: MemoryJournal) -> Custody:
    return open_custody(home, journal.instance, journal)


def test_what_was_made_is_opened_at_every_start(tmp_path: Path) -> None:
    journal = made(tmp_path)
    first, again = opened(tmp_path, journal), opened(tmp_path, journal)
    assert first.root.open() == again.root.open()
    ring = first.ring_of(ROOT_TENANT)
    assert ring.current[1].open() == again.ring_of(ROOT_TENANT).current[1].open()


def test_making_it_is_recorded_without_any_key(tmp_path: Path) -> None:
    journal = made(tmp_path)
    assert [type(record) for record in journal.records[1:]] == [KeyRingCreated]
    key = (tmp_path / FIRST_KEY_FILE).read_bytes()
    root = opened(tmp_path, journal).root.open()
    kept = [each.body for kind in ("key_slot", "key_ring") for each in journal.load_documents(kind)]
    assert len(kept) == 2
    for written in (*kept, *journal.leaves):
        assert key not in written
        assert root not in written


def test_another_tenant_has_no_ring_here(tmp_path: Path) -> None:
    custody = opened(tmp_path, made(tmp_path))
    with pytest.raises(NotFound):
        custody.ring_of(TenantId("ten_other"))


def test_without_a_usable_slot_nothing_opens_and_each_problem_is_told(tmp_path: Path) -> None:
    journal = made(tmp_path)
    (tmp_path / FIRST_KEY_FILE).unlink()
    with pytest.raises(SlotUnusable, match=r"file-1: .*No such file"):
        opened(tmp_path, journal)


def test_another_key_in_the_slot_does_not_open_the_root(tmp_path: Path) -> None:
    journal = made(tmp_path)
    (tmp_path / FIRST_KEY_FILE).write_bytes(bytes(32))
    with pytest.raises(SlotUnusable, match="commits to another key"):
        opened(tmp_path, journal)


def test_a_directory_that_was_never_initialised_says_so(tmp_path: Path) -> None:
    with pytest.raises(SlotUnusable, match="remit init"):
        opened(tmp_path, MemoryJournal(CLOCK, ENTROPY))


def test_any_other_slot_opens_what_the_first_one_cannot(tmp_path: Path) -> None:
    journal = made(tmp_path)
    root = opened(tmp_path, journal).root
    key = create_key_file(tmp_path / "elsewhere" / "slot-2.key", ENTROPY)
    wrapped = wrap_root(key, root, "file-2", journal.instance, ENTROPY)
    second = KeySlot("file-2", "file", "elsewhere/slot-2.key", wrapped, CLOCK.now())
    body = encode_slot(second)
    change = PutDocument(ROOT_TENANT, slots.KIND, second.id, second.id, body, 0)
    asyncio.run(journal.commit(KeyRingCreated(tenant=ROOT_TENANT, slot="file-2"), (change,)))
    (tmp_path / FIRST_KEY_FILE).unlink()
    assert opened(tmp_path, journal).root.open() == root.open()


def test_the_state_of_another_installation_does_not_open(tmp_path: Path) -> None:
    journal = made(tmp_path)
    with pytest.raises(SlotUnusable):
        open_custody(tmp_path, InstanceId("ins_other"), journal)


def test_a_ring_of_another_root_refuses_the_start(tmp_path: Path) -> None:
    one, two = made(tmp_path / "one"), made(tmp_path / "two")

    class Mixed:
        """The slots of one installation with the rings of another."""

        def load_documents(self, kind: str) -> list[Document]:
            return list((one if kind == slots.KIND else two).load_documents(kind))

        def load_watermarks(self) -> dict[tuple[TenantId, str], int]:
            return {}

    with pytest.raises(Unsealable):
        open_custody(tmp_path / "one", one.instance, Mixed())


def test_a_key_file_that_is_there_already_is_not_used_for_a_new_root(tmp_path: Path) -> None:
    create_key_file(tmp_path / FIRST_KEY_FILE, ENTROPY)
    with pytest.raises(SlotUnusable):
        made(tmp_path)


def test_a_journal_that_fails_leaves_no_custody(tmp_path: Path) -> None:
    journal = MemoryJournal(CLOCK, ENTROPY)
    journal.fail()
    with pytest.raises(AuditUnavailable):
        asyncio.run(create_custody(tmp_path, journal.instance, journal, CLOCK, ENTROPY))
    assert not journal.load_documents(slots.KIND)


def test_open_custody_prints_no_key(tmp_path: Path) -> None:
    custody = opened(tmp_path, made(tmp_path))
    assert isinstance(custody.root, Secret)
    assert "root" not in repr(custody)
    assert "rings" not in repr(custody)
