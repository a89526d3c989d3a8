"""The leaf: one record as the log keeps and hashes it, in RFC 8785 canonical JSON, below 64 KiB.

A leaf is the record's own members and the envelope: `v`, `log`, `index`, `event`, `at` (in
milliseconds) and, where state changed with it, `changes`. Only the index is unknown before the
commit, so that a draft holds the canonical bytes that stand before it, and those after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
from msgspec import inspect

from remit.audit.records import Record, record_type
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import LimitExceeded, Malformed
from remit.kernel.ids import EventId, LogId

VERSION = 1
# C2SP tlog-tiles: the entries of a bundle carry 16-bit lengths.
MAX_LEAF = 0xFFFF
ENVELOPE = frozenset({"v", "log", "index", "event", "at", "changes"})

_LONGEST_INDEX = len(str(2**53 - 1))
_JOINT = len(',"index":,')
_PLAIN = (inspect.StrType, inspect.IntType, inspect.BoolType, inspect.NoneType, inspect.EnumType)


class RecordTooLarge(LimitExceeded):
    """A record that does not fit into a leaf."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is ready for the log, but for its index."""

    event: EventId
    type: str
    agent: str | None
    at: int
    before: bytes
    after: bytes

    @property
    def size(self) -> int:
        """Bytes of the leaf, at most."""
        return len(self.before) + len(self.after) + _JOINT + _LONGEST_INDEX

    def leaf(self, index: int) -> bytes:
        """The canonical bytes of the leaf at this place of the log."""
        return b'%b,"index":%d,%b' % (self.before, index, self.after)


def draft(
    record: Record, log: LogId, event: EventId, at: int, changes: Sequence[Json] = ()
) -> Draft:
    """The draft of a record. Raises RecordTooLarge, or Malformed for what has no canonical form."""
    verify_fields(type(record))
    members = msgspec.to_builtins(record)
    agent = members.get("agent")
    members.update(v=VERSION, log=log, event=event, at=at)
    if changes:
        members["changes"] = changes
    before: dict[str, Json] = {}
    after: dict[str, Json] = {}
    for name, value in members.items():
        # RFC 8785 section 3.2.3 sorts the members; names of fields are ASCII. Lists are written
        # seven times as fast as tuples.
        side = before if name < "index" else after
        side[name] = list(value) if isinstance(value, tuple) else value
    made = Draft(
        event=event,
        type=record_type(record),
        agent=agent if isinstance(agent, str) else None,
        at=at,
        before=canonicalize(before)[:-1],
        after=canonicalize(after)[1:],
    )
    if made.size > MAX_LEAF:
        raise RecordTooLarge(f"{made.type}: a leaf of {made.size} bytes")
    return made


def read_leaf(leaf: bytes) -> Mapping[str, Json]:
    """The members of a leaf. Raises Malformed unless it is an object, in canonical form."""
    try:
        members = msgspec.json.decode(leaf)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("not JSON") from None
    # Doubled names, and every other way of writing the same, do not survive this.
    if not isinstance(members, dict) or canonicalize(members) != leaf:
        raise Malformed("not a JSON object in canonical form")
    return members


@cache
def verify_fields(kind: type[Record]) -> type[Record]:
    """The kind of record, if all its fields are plain; raises Malformed for one that is not."""
    described = inspect.type_info(kind)
    if not isinstance(described, inspect.StructType):
        raise Malformed(f"{kind.__name__} is not a record")
    for field in described.fields:
        if field.encode_name in ENVELOPE or not field.encode_name.isascii():
            raise Malformed(f"{kind.__name__}.{field.name}: a name that the envelope uses")
        if not _is_plain(field.type):
            raise Malformed(f"{kind.__name__}.{field.name}: not a plain value")
    return kind


def _is_plain(described: inspect.Type) -> bool:
    match described:
        case inspect.UnionType(types=types):
            return all(_is_plain(each) for each in types)
        case inspect.VarTupleType(item_type=item):
            return _is_plain(item)
        case inspect.DictType(key_type=inspect.StrType(), value_type=value):
            return _is_plain(value)
        case inspect.LiteralType():
            return True
        case _:
            return isinstance(described, _PLAIN)
