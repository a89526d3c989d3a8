"""The journal in memory, beside its contract (tests/contracts): what tests read of it."""

import asyncio

import pytest

from remit.audit.journal import AuditUnavailable
from remit.audit.tree import CompactRange, hash_leaf
from remit.storage.memory.journal import MemoryJournal
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from tests.storage.scene import happened


def test_records_leaves_and_head_can_be_looked_at() -> None:
    journal = MemoryJournal(FakeClock(), FakeEntropy())
    record = happened("one")
    asyncio.run(journal.commit(record))
    assert journal.records[1:] == [record]
    tree = CompactRange()
    for leaf in journal.leaves:
        tree.append(hash_leaf(leaf))
    assert journal.head().root == tree.root()
    assert journal.head().size == 2


def test_a_failed_journal_takes_nothing() -> None:
    journal = MemoryJournal(FakeClock(), FakeEntropy())
    journal.fail()
    with pytest.raises(AuditUnavailable):
        journal.append(happened())
    with pytest.raises(AuditUnavailable):
        asyncio.run(journal.commit(happened()))
    assert len(journal.records) == 1
