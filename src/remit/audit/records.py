"""Typed audit records: what can be said in the log, each with exactly its fields.

A record is a frozen msgspec Struct with a dotted `tag` as its type; the log adds event id, instant,
index and log id. Payloads are never in a record: digests and commitments stand for them. Fields are
plain values (str, int, bool, None, tuples of str, or mappings of str to these); instants are
milliseconds since the epoch. Capabilities define their records beside themselves by subclassing.
"""

from collections.abc import Mapping

import msgspec

from remit.kernel.ids import InstanceId, LogId, TenantId


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every record says: whose it is. Subclasses give `tag="agent.suspended"` and fields."""

    tenant: TenantId


def record_type(record: Record) -> str:
    """The record's type as it stands in the log, say `token.issued`."""
    return str(record.__struct_config__.tag)


class LogOpened(Record, frozen=True, kw_only=True, tag="log.opened"):
    """The first record of an installation's first log."""

    instance: InstanceId
    incarnation: int


class LogRestored(Record, frozen=True, kw_only=True, tag="log.restored"):
    """The first record of a log that begins with a restored backup.

    The previous log ended, in this history, at `previous_size` with `previous_root` (hexadecimal);
    whatever it held beyond that is lost. `backup` is the digest of the backup's manifest.
    """

    instance: InstanceId
    incarnation: int
    previous: LogId
    previous_size: int
    previous_root: str
    backup: str
    suspended: int
    by: str


class RestoreSuspended(Record, frozen=True, kw_only=True, tag="log.restore_suspended"):
    """Documents that a restore suspended, or watermarks that it lifted: a part of them."""

    incarnation: int


class RefusalsAggregated(Record, frozen=True, kw_only=True, tag="refusals.aggregated"):
    """How often callers that nobody knows were refused, by `endpoint error`, in a length of time.

    `others` counts what came after the table of kinds was full.
    """

    since: int
    until: int
    refusals: Mapping[str, int]
    others: int
