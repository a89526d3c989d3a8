"""The leaf is RFC 8785 canonical, whatever is in the record, and never too large for a bundle."""

import json
from collections.abc import Mapping
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.audit.leaf import MAX_LEAF, RecordTooLarge, draft, read_leaf, verify_fields
from remit.audit.records import Record
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Malformed
from remit.kernel.ids import EventId, LogId, TenantId

LOG, EVENT = LogId("log_a"), EventId("evt_a")


class Rich(Record, frozen=True, kw_only=True, tag="test.rich"):
    agent: str
    count: int
    sure: bool
    reason: str | None
    labels: tuple[str, ...]
    parts: Mapping[str, int]
    zone: Literal["z"] = "z"


class OfNobody(Record, frozen=True, kw_only=True, tag="test.of_nobody"):
    agent: str | None = None


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CHANGES = st.lists(st.lists(st.one_of(TEXT, st.integers(0, 2**53 - 1)), max_size=4), max_size=3)


RECORDS = st.builds(
    Rich,
    tenant=st.just(TenantId("ten_root")),
    agent=TEXT,
    count=st.integers(-(2**53) + 1, 2**53 - 1),
    sure=st.booleans(),
    reason=st.none() | TEXT,
    labels=st.lists(TEXT, max_size=4).map(tuple),
    parts=st.dictionaries(TEXT, st.integers(0, 1000), max_size=4),
)


@given(record=RECORDS, changes=CHANGES, index=st.integers(0, 2**53 - 1))
def test_a_leaf_is_the_canonical_form_of_the_record_in_its_envelope(
    record: Rich, changes: list[list[str | int]], index: int
) -> None:
    made = draft(record, LOG, EVENT, 1_700_000_000_000, changes)
    leaf = made.leaf(index)
    expected = {
        **msgspec.to_builtins(record),
        "v": 1,
        "log": "log_a",
        "event": "evt_a",
        "at": 1_700_000_000_000,
        "index": index,
    } | ({"changes": changes} if changes else {})
    assert expected["type"] == "test.rich"
    assert leaf == canonicalize(expected)
    assert read_leaf(leaf) == json.loads(leaf)
    assert len(leaf) <= made.size <= MAX_LEAF


def test_a_draft_says_what_it_will_be_found_by() -> None:
    made = draft(OfNobody(tenant=TenantId("t")), LOG, EVENT, 7)
    assert (made.type, made.agent, made.at) == ("test.of_nobody", None, 7)


def test_a_record_beyond_64_kib_is_refused() -> None:
    fits = OfNobody(tenant=TenantId("t"), agent="a" * (MAX_LEAF - 200))
    assert len(draft(fits, LOG, EVENT, 0).leaf(2**53 - 1)) <= MAX_LEAF
    with pytest.raises(RecordTooLarge):
        draft(OfNobody(tenant=TenantId("t"), agent="a" * MAX_LEAF), LOG, EVENT, 0)


def test_text_that_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(Malformed):
        draft(OfNobody(tenant=TenantId("t"), agent="\ud800"), LOG, EVENT, 0)


def test_kinds_of_records_with_fields_that_are_not_plain_are_refused() -> None:
    class WithFloat(Record, frozen=True, kw_only=True, tag="test.float"):
        ratio: float

    class WithBytes(Record, frozen=True, kw_only=True, tag="test.bytes"):
        parts: tuple[bytes, ...]

    class WithIndex(Record, frozen=True, kw_only=True, tag="test.index"):
        index: int

    for kind in (WithFloat, WithBytes, WithIndex):
        with pytest.raises(Malformed):
            verify_fields(kind)
    assert verify_fields(Rich) is Rich


@pytest.mark.parametrize(
    "leaf",
    [b"", b"{", b"[]", b"1", b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b"\xff", b"[" * 9999],
)
def test_what_is_not_canonical_is_no_leaf(leaf: bytes) -> None:
    with pytest.raises(Malformed):
        read_leaf(leaf)
