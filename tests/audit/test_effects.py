"""What the log says of state adds up to the state, and to no other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remit.audit.effects import ExpectedState, HeldState, StateDiffers, describe, digest_key
from remit.audit.journal import (
    Change,
    ClaimOnce,
    CountUp,
    Document,
    PutDocument,
    RaiseWatermark,
    RequireDocument,
    RequireWatermarks,
)
from remit.kernel.canonical import Json
from remit.kernel.ids import TenantId

TENANT = TenantId("ten_root")
NOW = 1_800_000_000_000
LATER = datetime.fromtimestamp(NOW / 1000 + 60, UTC)
CHANGES: tuple[Change, ...] = (
    PutDocument(TENANT, "agent", "agt_a", "ada", b"one", 0),
    PutDocument(TENANT, "agent", "agt_a", "ada", b"two", 1),
    RequireDocument(TENANT, "agent", "agt_a", 2),
    ClaimOnce(TENANT, "dpop", "key", LATER),
    RaiseWatermark(TENANT, "agt_a"),
    RaiseWatermark(TENANT, "agt_a"),
    RequireWatermarks(TENANT, {"agt_a": 2}),
    CountUp(TENANT, "rmt_a", 5),
)
CLAIM = (TENANT, "dpop", digest_key("key"))
HELD = HeldState(
    documents=[Document(TENANT, "agent", "agt_a", "ada", 2, b"two")],
    names={(TENANT, "agent", "ada"): "agt_a"},
    watermarks={(TENANT, "agt_a"): 2},
    counters={(TENANT, "rmt_a"): 1},
    claims={CLAIM: NOW + 60_000},
)


def compare(held: HeldState, lines: Json, now: int = NOW) -> HeldState:
    expected = ExpectedState(held, now)
    expected.replay(lines)
    return expected.verify()


def test_the_state_of_the_log_is_the_state_that_is_held() -> None:
    assert compare(HELD, describe(CHANGES)) is HELD


def test_preconditions_are_not_told_and_keys_only_as_digests() -> None:
    lines = describe(CHANGES)
    assert len(lines) == len(CHANGES) - 2
    assert "key" not in str(lines).replace(digest_key("key"), "")


@pytest.mark.parametrize(
    "held",
    [
        replace(HELD, documents=[]),
        replace(HELD, documents=[Document(TENANT, "agent", "agt_a", "ada", 2, b"tvo")]),
        replace(HELD, documents=[Document(TENANT, "agent", "agt_a", "eve", 2, b"two")]),
        replace(HELD, documents=[Document(TENANT, "agent", "agt_a", "ada", 1, b"two")]),
        replace(HELD, documents=[*HELD.documents, Document(TENANT, "a", "b", "c", 1, b"")]),
        replace(HELD, names={}),
        replace(HELD, names={**HELD.names, (TENANT, "agent", "eve"): "agt_e"}),
        replace(HELD, watermarks={}),
        replace(HELD, watermarks={(TENANT, "agt_a"): 1}),
        replace(HELD, watermarks={**HELD.watermarks, (TENANT, "x"): 1}),
        replace(HELD, counters={(TENANT, "rmt_a"): 0}),
        replace(HELD, claims={}),
        replace(HELD, claims={CLAIM: NOW + 1}),
        replace(HELD, claims={**HELD.claims, (TENANT, "dpop", "x"): NOW + 1}),
    ],
    ids=range(14),
)
def test_any_difference_is_found(held: HeldState) -> None:
    with pytest.raises(StateDiffers):
        compare(held, describe(CHANGES))


def test_a_claim_may_be_forgotten_after_its_time() -> None:
    compare(replace(HELD, claims={}), describe(CHANGES), NOW + 60_000)


@pytest.mark.parametrize(
    "lines",
    [
        "put",
        [["forget", "everything"]],
        [["put", "t", "agent", "a", "ada", 2, "x"]],
        [["put", "t", "agent", "a", "ada", "1", "x"]],
        [["put", "t", "agent", "a", "ada", 1, "x"], ["put", "t", "agent", "b", "ada", 1, "x"]],
        [["raise", "t", "a"], ["lift", "t", "a", 1]],
        [["count", "t"]],
        [7],
    ],
)
def test_lines_that_cannot_have_happened_are_refused(lines: Json) -> None:
    with pytest.raises(StateDiffers):
        ExpectedState(HELD, NOW).replay(lines)
