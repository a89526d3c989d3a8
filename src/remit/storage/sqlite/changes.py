"""The declarative changes in SQL: each applied in the writer's transaction, or its error raised."""

import sqlite3
from collections.abc import Sequence
from typing import assert_never

from remit.audit.journal import (
    AlreadyClaimed,
    Change,
    ClaimOnce,
    CountUp,
    LimitReached,
    PutDocument,
    RaiseWatermark,
    RequireDocument,
    RequireWatermarks,
    WatermarkMoved,
)
from remit.kernel.clock import to_millis
from remit.kernel.errors import Conflict
from remit.storage.sqlite.statements import load_statements

_SQL = load_statements("state")
_NO_LIMIT = 2**63 - 1


def apply_changes(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    """Apply all of them in order, or raise the first one's error; the caller rolls back."""
    for change in changes:
        match change:
            case PutDocument():
                _put(connection, change)
            case RequireDocument():
                _require_document(connection, change)
            case ClaimOnce():
                _claim(connection, change)
            case RaiseWatermark(tenant=tenant, target=target):
                connection.execute(_SQL["raise_watermark"], (tenant, target))
            case RequireWatermarks():
                _require_watermarks(connection, change)
            case CountUp():
                _count_up(connection, change)
            case _:
                assert_never(change)


def _put(connection: sqlite3.Connection, change: PutDocument) -> None:
    key = (change.tenant, change.kind)
    connection.execute(_SQL["give_name"], (*key, change.name, change.id))
    (owner,) = connection.execute(_SQL["find_owner_of_name"], (*key, change.name)).fetchone()
    if owner != change.id:
        raise Conflict(f"the {change.kind} name {change.name!r} was given to {owner}")
    if change.expected_revision == 0:
        row = (*key, change.id, change.name, change.body)
        done = connection.execute(_SQL["insert_document"], row)
    else:
        place = (*key, change.id, change.expected_revision)
        done = connection.execute(_SQL["replace_document"], (change.name, change.body, *place))
    if done.rowcount != 1:
        raise Conflict(f"{change.kind} {change.id} is not at {change.expected_revision}")


def _require_document(connection: sqlite3.Connection, change: RequireDocument) -> None:
    key = (change.tenant, change.kind, change.id)
    if connection.execute(_SQL["find_revision"], key).fetchone() != (change.revision,):
        raise Conflict(f"{change.kind} {change.id} is not at {change.revision}")


def _claim(connection: sqlite3.Connection, change: ClaimOnce) -> None:
    row = (change.tenant, change.space, change.key, to_millis(change.until))
    if connection.execute(_SQL["insert_claim"], row).rowcount != 1:
        raise AlreadyClaimed(f"claimed before in {change.space}", change.space)


def _require_watermarks(connection: sqlite3.Connection, change: RequireWatermarks) -> None:
    for target, expected in change.watermarks.items():
        found = connection.execute(_SQL["find_watermark"], (change.tenant, target)).fetchone()
        if expected != (0 if found is None else found[0]):
            raise WatermarkMoved(f"{target} was stopped meanwhile")


def _count_up(connection: sqlite3.Connection, change: CountUp) -> None:
    limit = _NO_LIMIT if change.limit is None else change.limit
    row = (change.tenant, change.counter, limit)
    if limit < 1 or connection.execute(_SQL["count_up"], row).rowcount != 1:
        raise LimitReached(f"{change.counter} has reached {limit}")
