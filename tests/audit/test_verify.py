"""Verification of a store: each thing that can be wrong with it, and where it shows first.

The store is a list here; tests/storage/sqlite/test_tampering.py does the same to real files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from remit.audit.checkpoint import TreeHead, sign_head
from remit.audit.effects import HeldState
from remit.audit.entries import Entry, Installation, Segment, StoredCheckpoint
from remit.audit.leaf import draft
from remit.audit.records import LogOpened, LogRestored, Record
from remit.audit.tree import CompactRange, Node, hash_leaf
from remit.audit.verify import LogDamaged, LogRolledBack, Trust, Verification, verify_store
from remit.jose.ed25519 import Ed25519SigningKey
from remit.kernel.ids import ROOT_TENANT, AgentId, EventId, InstanceId, LogId
from remit.kernel.secret import Secret

KEY = Ed25519SigningKey(Secret(b"k" * 32))
INSTANCE = InstanceId("ins_a")
FIRST, SECOND = LogId("log_a"), LogId("log_b")
EMPTY = HeldState([], {}, {}, {}, {})


class Happened(Record, frozen=True, kw_only=True, tag="test.happened"):
    agent: AgentId | None


@dataclass
class Held:
    """One log of the store."""

    log: LogId
    entries: list[Entry] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    checkpoints: list[StoredCheckpoint] = field(default_factory=list)
    tree: CompactRange = field(default_factory=CompactRange)

    def write(self, record: Record, at: int = 0) -> None:
        index = self.tree.size
        made = draft(record, self.log, EventId(f"evt_{self.log}_{index}"), at)
        leaf = made.leaf(index)
        self.nodes += self.tree.append(hash_leaf(leaf))
        entry = Entry(self.log, index, made.event, made.type, made.agent, at, leaf)
        self.entries.append(entry)

    def sign(self) -> bytes:
        note = self.note()
        number = len(self.checkpoints) + 1
        self.checkpoints.append(StoredCheckpoint(number, self.tree.size, note))
        return note

    def note(self) -> bytes:
        return sign_head(TreeHead(self.log, self.tree.size, self.tree.root()), KEY).note


@dataclass
class Store:
    """The store, as verification reads it."""

    logs: list[Held]
    installed: Installation
    held: HeldState = EMPTY
    lengths: dict[LogId, int] = field(default_factory=dict)

    def installation(self) -> Installation:
        return self.installed

    def segments(self) -> Sequence[Segment]:
        first, segments = 1, []
        for number, held in enumerate(self.logs, 1):
            size = self.lengths.get(held.log, len(held.entries))
            segments.append(Segment(held.log, number, first, size))
            first += size
        return segments

    def entries(self, segment: Segment) -> Iterator[Entry]:
        return iter(self._of(segment).entries)

    def nodes(self, segment: Segment) -> Iterator[Node]:
        return iter(self._of(segment).nodes)

    def checkpoints(self, segment: Segment) -> Sequence[StoredCheckpoint]:
        return self._of(segment).checkpoints

    def state(self) -> HeldState:
        return self.held

    def _of(self, segment: Segment) -> Held:
        return self.logs[segment.incarnation - 1]


def a_store(size: int = 300) -> Store:
    log = Held(FIRST)
    log.write(LogOpened(tenant=ROOT_TENANT, instance=INSTANCE, incarnation=1))
    while log.tree.size < size:
        log.write(Happened(tenant=ROOT_TENANT, agent=AgentId("agt_a")))
        if log.tree.size % 100 == 0:
            log.sign()
    return Store([log], Installation(INSTANCE, 1, None))


def restored(store: Store) -> Store:
    before = store.logs[-1]
    log = Held(SECOND)
    log.write(
        LogRestored(
            tenant=ROOT_TENANT,
            instance=INSTANCE,
            incarnation=2,
            previous=before.log,
            previous_size=before.tree.size,
            previous_root=before.tree.root().hex(),
            backup="sha256:x",
            suspended=0,
            by="alice",
        ),
        at=77,
    )
    log.sign()
    return Store([*store.logs, log], Installation(INSTANCE, 2, 77))


def verify(store: Store, *external: bytes) -> Verification:
    return verify_store(store, Trust([KEY.public], external), 0)


def test_a_whole_log_is_verified_and_its_uncovered_tail_is_named() -> None:
    store = a_store(200)
    held = store.logs[0].note()
    for _ in range(60):
        store.logs[0].write(Happened(tenant=ROOT_TENANT, agent=None))
    (log,) = verify(store, held).logs
    assert (log.covered, log.head.size, log.checkpoints, log.lost) == (200, 260, 2, 0)
    assert log.head.root == store.logs[0].tree.root()
    assert verify(store).logs[0].covered == 0


def damaged(store: Store, *external: bytes) -> LogDamaged:
    with pytest.raises(LogDamaged) as found:
        verify(store, *external)
    return found.value


@pytest.mark.parametrize("at", [0, 1, 150, 299])
def test_a_changed_record_is_found_where_it_stands(at: int) -> None:
    for change in (
        {"leaf": b"{}"},
        {"leaf": b"no"},
        {"event": "evt_x"},
        {"type": "test.other"},
        {"at": 5},
        {"agent": "agt_x"},
        {"index": 1_000},
        {"log": SECOND},
    ):
        store = a_store()
        entries = store.logs[0].entries
        entries[at] = replace(entries[at], **change)
        assert damaged(store).index == at


def test_a_record_that_was_rewritten_with_all_that_hangs_on_it_shows_in_checkpoints() -> None:
    store, other = a_store(), Held(FIRST)
    for entry in store.logs[0].entries:
        agent = AgentId("agt_a" if entry.index != 42 else "agt_x")
        record: Record = Happened(tenant=ROOT_TENANT, agent=agent)
        if entry.index == 0:
            record = LogOpened(tenant=ROOT_TENANT, instance=INSTANCE, incarnation=1)
        other.write(record)
    other.checkpoints = store.logs[0].checkpoints
    assert "another history" in damaged(Store([other], store.installed)).problem
    other.checkpoints = []
    verify(Store([other], store.installed))
    assert (
        "another history" in damaged(Store([other], store.installed), store.logs[0].note()).problem
    )


def test_missing_doubled_and_exchanged_records_are_found() -> None:
    for spoil in (
        lambda entries: entries.pop(7),
        lambda entries: entries.insert(7, entries[7]),
        lambda entries: entries.__setitem__(slice(7, 9), [entries[8], entries[7]]),
    ):
        store = a_store()
        store.lengths[FIRST] = 300
        spoil(store.logs[0].entries)
        assert damaged(store).index in (7, 8)


def test_a_cut_tail_is_found_by_what_is_held_elsewhere_and_said_to_be_a_rollback() -> None:
    held = a_store().logs[0].note()
    with pytest.raises(LogRolledBack) as found:
        verify(a_store(250), held)
    assert found.value.index == 250
    assert "covers 300 records, and 250 are here" in found.value.problem


def test_changed_missing_and_added_nodes_are_found() -> None:
    store = a_store()
    store.logs[0].nodes[0] = Node(8, 0, b"x" * 32)
    assert damaged(store).index == 255
    store.logs[0].nodes.clear()
    assert damaged(store).index == 255
    store = a_store()
    store.logs[0].nodes.append(Node(8, 1, b"x" * 32))
    damaged(store)


def test_changed_missing_and_foreign_checkpoints_are_found() -> None:
    stranger = Ed25519SigningKey(Secret(b"s" * 32))
    head = TreeHead(FIRST, 100, b"r" * 32)
    for spoil in (
        lambda kept: kept.pop(1),
        lambda kept: kept.__setitem__(0, replace(kept[0], size=99)),
        lambda kept: kept.__setitem__(0, replace(kept[0], note=b"x" + kept[0].note)),
        lambda kept: kept.__setitem__(0, replace(kept[0], note=sign_head(head, stranger).note)),
        lambda kept: kept.__setitem__(0, replace(kept[0], note=sign_head(head, KEY).note)),
    ):
        store = a_store()
        spoil(store.logs[0].checkpoints)
        damaged(store)


def test_another_log_under_another_or_the_same_key_is_not_taken_for_this_one() -> None:
    other = Held(SECOND)
    other.write(LogOpened(tenant=ROOT_TENANT, instance=INSTANCE, incarnation=1))
    assert "another log or key" in damaged(a_store(), other.note()).problem
    assert "another log or key" in damaged(a_store(), b"").problem


def test_an_installation_that_is_not_the_logs_is_found() -> None:
    for installed in (
        Installation(InstanceId("ins_b"), 1, None),
        Installation(INSTANCE, 2, None),
        Installation(INSTANCE, 1, 77),
    ):
        damaged(Store(a_store(10).logs, installed))
    assert "no log" in damaged(Store([], Installation(INSTANCE, 0, None))).problem


def test_logs_that_do_not_follow_each_other_are_found() -> None:
    class Gapped(Store):
        def segments(self) -> Sequence[Segment]:
            return [replace(super().segments()[0], incarnation=2)]

    store = a_store(10)
    assert "follow" in damaged(Gapped(store.logs, store.installed)).problem


def test_state_that_the_log_does_not_tell_of_is_found() -> None:
    store = a_store(10)
    store.held = replace(EMPTY, watermarks={("t", "x"): 1})
    assert damaged(store).log == "the state"


def test_the_empty_tree_is_a_history_too() -> None:
    note = Held(FIRST).note()
    assert verify(a_store(10), note).logs[0].covered == 0


def test_a_restore_begins_a_log_and_says_how_many_records_it_gave_up() -> None:
    full = a_store(300).logs[0].note()
    store = restored(a_store(250))
    before, after = verify(store, full, store.logs[1].note()).logs
    assert (before.lost, before.head.size, before.covered) == (50, 250, 0)
    assert (after.lost, after.head.size, after.covered) == (0, 1, 1)


def test_a_restore_that_names_another_past_is_found() -> None:
    store = restored(a_store(250))
    store.logs[0] = a_store(249).logs[0]
    assert "does not begin" in damaged(store).problem
    store = restored(a_store(250))
    store.installed = replace(store.installed, restored_at=78)
    assert "does not begin" in damaged(store).problem


def test_a_log_before_a_restore_cannot_be_shortened_quietly() -> None:
    store = restored(a_store(250))
    store.lengths[FIRST] = 250
    store.logs[0].entries.pop()
    assert damaged(store).index == 249
