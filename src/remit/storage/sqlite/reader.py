"""The audit log for those who read it: beside a running server, or without one; it writes nothing.

Each method reads one consistent view of the database.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from remit.audit.checkpoint import TreeHead
from remit.audit.effects import HeldState, digest_key
from remit.audit.entries import Entry, Installation, Segment, StoredCheckpoint
from remit.audit.journal import Document
from remit.audit.proof import format_proof
from remit.audit.tree import Node, ReadNode, prove_consistency, prove_inclusion, read_range
from remit.audit.verify import LogDamaged, Trust, Verification, verify_store
from remit.kernel.clock import Clock, to_millis
from remit.kernel.errors import NotFound
from remit.kernel.ids import EventId, LogId
from remit.storage.sqlite.appender import LogPlace, list_places, nodes_of, size_of_last
from remit.storage.sqlite.database import FILE_NAME, NotOurDatabase, reading
from remit.storage.sqlite.statements import load_statements

_SQL = load_statements("log")
_STATE = load_statements("state")
_EVERYTHING = 2**63 - 1
MAX_ENTRIES = 10_000


class NotCovered(NotFound):
    """No checkpoint covers the record yet."""


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries; None means any. Instants are milliseconds, `until` is left out itself."""

    agent: str | None = None
    type: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ProofOfEntry:
    """An entry, and the tlog-proof file that proves it offline."""

    entry: Entry
    proof: bytes


class AuditReader:
    """Reads the log of a directory (or of any other path of a database, say a backup's)."""

    def __init__(self, directory: Path, file_name: str = FILE_NAME) -> None:
        self._path = directory / file_name

    def installation(self) -> Installation:
        """Which installation this is, its incarnation, and when it was restored."""
        with self._view() as view:
            return view.installation()

    def segments(self) -> Sequence[Segment]:
        """The logs, oldest first; the last is the one being written."""
        with self._view() as view:
            return view.segments()

    def tail(
        self, count: int, wanted: EntryFilter | None = None, before: Entry | None = None
    ) -> Sequence[Entry]:
        """The newest entries of a kind, newest first; those before one, to page back."""
        chosen = wanted or EntryFilter()
        name = "list_newest_entries"
        if chosen.agent is not None:
            name = "list_newest_entries_of_agent"
        elif chosen.type is not None:
            name = "list_newest_entries_of_type"
        with self._view() as view:
            limit = None if before is None else view.sequence_of(before)
            row = (chosen.agent, chosen.type, chosen.since, chosen.until, limit)
            return view.select(_SQL[name], (*row, min(count, MAX_ENTRIES)))

    def follow(self, after: Entry, count: int) -> Sequence[Entry]:
        """The entries that came after one, oldest first."""
        with self._view() as view:
            row = (view.sequence_of(after), min(count, MAX_ENTRIES))
            return view.select(_SQL["list_entries_after"], row)

    def load_entry(self, event: EventId) -> Entry:
        """The entry of an event; raises NotFound."""
        with self._view() as view:
            return view.load_entry(event)

    def newest_checkpoint(self) -> StoredCheckpoint:
        """The newest checkpoint of the log being written; raises NotCovered where there is none."""
        with self._view() as view:
            return view.newest_checkpoint(view.segments()[-1])

    def head(self) -> TreeHead:
        """The log's length and root, computed from what is stored."""
        with self._view() as view:
            return view.head()

    def prove(self, event: EventId) -> ProofOfEntry:
        """The proof of an entry under the newest checkpoint; raises NotFound, NotCovered."""
        with self._view() as view:
            entry = view.load_entry(event)
            segment = view.segment_of(entry)
            checkpoint = view.newest_checkpoint(segment)
            if checkpoint.size <= entry.index:
                raise NotCovered(f"the newest checkpoint covers {checkpoint.size} records")
            path = prove_inclusion(entry.index, checkpoint.size, view.nodes_of(segment))
            return ProofOfEntry(entry, format_proof(entry.index, path, checkpoint.note))

    def prove_consistency(self, old: int, new: int) -> Sequence[bytes]:
        """That the log being written, at size `new`, begins with what it was at size `old`."""
        with self._view() as view:
            return prove_consistency(old, new, view.nodes_of(view.segments()[-1]))

    def verify(self, trust: Trust, clock: Clock) -> Verification:
        """Verify the whole store; raises LogDamaged, which says what is wrong and where first."""
        try:
            with self._view() as view:
                view.verify_file()
                return verify_store(view, trust, to_millis(clock.now()))
        except NotOurDatabase as damage:
            raise LogDamaged("the database", damage.detail) from None
        except (TypeError, ValueError, OverflowError, AttributeError) as damage:
            # A damaged file can hold values of any type: all that says so is damage.
            raise LogDamaged("the database", f"values of another type: {damage}") from None

    @contextmanager
    def _view(self) -> Iterator["View"]:
        with reading(self._path) as connection:
            yield View(connection)


class View:
    """One consistent view of a database, as verification reads it (audit.entries.LogSource)."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._places = list_places(connection)

    def verify_file(self) -> None:
        """Raises LogDamaged where SQLite finds its own structures damaged."""
        for (found,) in self._connection.execute("PRAGMA integrity_check(1)"):
            if found != "ok":
                raise LogDamaged("the database", str(found))

    def installation(self) -> Installation:
        row = self._connection.execute(_SQL["find_installation"]).fetchone()
        if row is None:
            raise LogDamaged("the database", "it does not say which installation it is")
        return Installation(*row)

    def segments(self) -> Sequence[Segment]:
        segments = []
        for place, following in zip(self._places, [*self._places[1:], None], strict=True):
            if following is None:
                size = size_of_last(self._connection, place)
            else:
                size = following.first_sequence - place.first_sequence
            segments.append(Segment(place.log, place.number, place.first_sequence, size))
        return segments

    def entries(self, segment: Segment) -> Iterator[Entry]:
        is_last = segment.incarnation == len(self._places)
        start = -_EVERYTHING if segment.incarnation == 1 else segment.first
        end = _EVERYTHING if is_last else segment.first + segment.size
        rows = self._connection.execute(_SQL["list_entries"], (start, end))
        return (self._entry(row, segment.log, segment.first) for row in rows)

    def nodes(self, segment: Segment) -> Iterator[Node]:
        rows = self._connection.execute(_SQL["list_nodes"], (segment.incarnation,))
        return (Node(*row) for row in rows)

    def checkpoints(self, segment: Segment) -> Sequence[StoredCheckpoint]:
        rows = self._connection.execute(_SQL["list_checkpoints"], (segment.incarnation,))
        return [StoredCheckpoint(*row) for row in rows]

    def state(self) -> HeldState:
        def rows(name: str) -> sqlite3.Cursor:
            return self._connection.execute(_STATE[name])

        return HeldState(
            documents=[Document(*row) for row in rows("list_all_documents")],
            names={(tenant, kind, name): id_ for tenant, kind, name, id_ in rows("list_names")},
            watermarks={(tenant, name): value for tenant, name, value in rows("list_watermarks")},
            counters={(tenant, name): value for tenant, name, value in rows("list_counters")},
            claims={
                (tenant, space, digest_key(key)): until
                for tenant, space, key, until in rows("list_claims")
            },
        )

    def head(self) -> TreeHead:
        segment = self.segments()[-1]
        tree = read_range(segment.size, self.nodes_of(segment))
        return TreeHead(segment.log, segment.size, tree.root())

    def newest_checkpoint(self, segment: Segment) -> StoredCheckpoint:
        row = (segment.incarnation,)
        found = self._connection.execute(_SQL["find_newest_checkpoint"], row).fetchone()
        if found is None:
            raise NotCovered(f"{segment.log} has no checkpoint yet")
        return StoredCheckpoint(*found)

    def nodes_of(self, segment: Segment) -> ReadNode:
        return nodes_of(self._connection, LogPlace(segment.incarnation, segment.log, segment.first))

    def load_entry(self, event: EventId) -> Entry:
        row = self._connection.execute(_SQL["find_entry"], (event,)).fetchone()
        if row is None:
            raise NotFound(f"no event {event}")
        return self._placed(row)

    def select(self, statement: str, row: tuple[object, ...]) -> Sequence[Entry]:
        return [self._placed(found) for found in self._connection.execute(statement, row)]

    def segment_of(self, entry: Entry) -> Segment:
        for segment in self.segments():
            if segment.log == entry.log:
                return segment
        raise NotFound(f"no log {entry.log}")

    def sequence_of(self, entry: Entry) -> int:
        return self.segment_of(entry).first + entry.index

    def _placed(self, row: tuple[int, str, str, str | None, int, bytes]) -> Entry:
        place = [place for place in self._places if place.first_sequence <= row[0]][-1]
        return self._entry(row, place.log, place.first_sequence)

    @staticmethod
    def _entry(row: tuple[int, str, str, str | None, int, bytes], log: LogId, first: int) -> Entry:
        sequence, event, kind, agent, at, leaf = row
        return Entry(log, sequence - first, EventId(event), kind, agent, at, leaf)
