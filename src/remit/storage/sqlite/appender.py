"""The log's end, as its one writer holds it: appends records and nodes in the open transaction.

What is held in memory is derived from the database at opening, and is wrong after a rollback: the
writer then ends.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from remit.audit.checkpoint import TreeHead
from remit.audit.entries import KEPT_CHECKPOINTS, THINNING
from remit.audit.leaf import Draft
from remit.audit.tiles import NodeMissing, node_reader
from remit.audit.tree import CompactRange, ReadNode, hash_leaf, read_range
from remit.kernel.ids import LogId
from remit.storage.sqlite.statements import load_statements

_SQL = load_statements("log")


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a log stands in the database."""

    number: int
    log: LogId
    first_sequence: int


class Appender:
    """Appends to one log."""

    def __init__(self, connection: sqlite3.Connection, place: LogPlace, tree: CompactRange) -> None:
        self._connection = connection
        self._place = place
        self._tree = tree

    @property
    def log(self) -> LogId:
        return self._place.log

    @property
    def size(self) -> int:
        return self._tree.size

    def head(self) -> TreeHead:
        """The log's length and root, now."""
        return TreeHead(self._place.log, self._tree.size, self._tree.root())

    def append(self, drafts: Iterable[Draft]) -> None:
        """Append these drafts, at the next indices."""
        rows: list[tuple[int, str, str, str | None, int, bytes]] = []
        nodes: list[tuple[int, int, int, bytes]] = []
        place, tree = self._place, self._tree
        for draft in drafts:
            index = tree.size
            leaf = draft.leaf(index)
            nodes.extend(
                (place.number, node.level, node.position, node.hash)
                for node in tree.append(hash_leaf(leaf))
            )
            sequence = place.first_sequence + index
            rows.append((sequence, draft.event, draft.type, draft.agent, draft.at, leaf))
        self._connection.executemany(_SQL["insert_record"], rows)
        if nodes:
            self._connection.executemany(_SQL["insert_node"], nodes)

    def keep_checkpoint(self, size: int, note: bytes) -> None:
        """Keep a checkpoint of this log, and thin out the old ones."""
        number = self._place.number
        self._connection.execute(_SQL["insert_checkpoint"], (number, size, note))
        self._connection.execute(_SQL["thin_checkpoints"], (number, THINNING, KEPT_CHECKPOINTS))


def list_places(connection: sqlite3.Connection) -> Sequence[LogPlace]:
    """All logs, oldest first."""
    return [LogPlace(*row) for row in connection.execute(_SQL["list_logs"])]


def size_of_last(connection: sqlite3.Connection, place: LogPlace) -> int:
    """How many records the newest log has."""
    (last,) = connection.execute(_SQL["find_last_sequence"]).fetchone()
    return 0 if last is None else int(last) + 1 - place.first_sequence


def nodes_of(connection: sqlite3.Connection, place: LogPlace) -> ReadNode:
    """The nodes of a log's tree."""

    def load(level: int, first: int, count: int) -> Sequence[bytes]:
        if level == 0:
            start = place.first_sequence + first
            rows = connection.execute(_SQL["list_leaves"], (start, start + count))
            return [hash_leaf(leaf) for (leaf,) in rows]
        span = (place.number, level, first, first + count)
        return [hash_ for (hash_,) in connection.execute(_SQL["list_node_hashes"], span)]

    return node_reader(load)


def open_appender(connection: sqlite3.Connection) -> Appender:
    """The appender of the newest log; raises NodeMissing where its tree is not whole."""
    places = list_places(connection)
    if not places:
        raise NodeMissing("the database holds no log")
    size = size_of_last(connection, places[-1])
    tree = read_range(size, nodes_of(connection, places[-1]))
    return Appender(connection, places[-1], tree)


def head_at(connection: sqlite3.Connection, size: int) -> TreeHead:
    """The head that the newest log had at a size; raises NodeMissing where it is shorter."""
    place = list_places(connection)[-1]
    return TreeHead(place.log, size, read_range(size, nodes_of(connection, place)).root())
