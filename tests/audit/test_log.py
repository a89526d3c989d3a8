"""Drafting: time and chance from the door, and events that stand together in time."""

from remit.audit.journal import CountUp, RequireDocument
from remit.audit.leaf import read_leaf
from remit.audit.log import Drafting
from remit.audit.records import LogOpened
from remit.kernel.clock import to_millis
from remit.kernel.ids import ROOT_TENANT, InstanceId, LogId
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy

RECORD = LogOpened(tenant=ROOT_TENANT, instance=InstanceId("ins_a"), incarnation=1)


def test_a_draft_has_the_instant_the_log_and_an_event_of_its_own() -> None:
    clock = FakeClock()
    drafting = Drafting(LogId("log_a"), clock, FakeEntropy())
    first, second = drafting.draft(RECORD), drafting.draft(RECORD)
    assert first.at == to_millis(clock.now())
    assert first.event != second.event
    assert first.event.startswith("evt_")
    assert read_leaf(first.leaf(3))["log"] == "log_a"


def test_events_of_one_instant_share_their_beginning() -> None:
    clock = FakeClock()
    drafting = Drafting(LogId("log_a"), clock, FakeEntropy())
    first, second = drafting.draft(RECORD), drafting.draft(RECORD)
    clock.advance(3600)
    assert first.event[:13] == second.event[:13] != drafting.draft(RECORD).event[:13]


def test_only_changes_of_state_are_told_of() -> None:
    drafting = Drafting(LogId("log_a"), FakeClock(), FakeEntropy())
    required = RequireDocument(ROOT_TENANT, "agent", "agt_a", 1)
    counted = CountUp(ROOT_TENANT, "rmt_a", None)
    assert "changes" not in read_leaf(drafting.draft(RECORD, (required,)).leaf(0))
    leaf = read_leaf(drafting.draft(RECORD, (required, counted), (["lift", "t", "x", 2],)).leaf(0))
    assert leaf["changes"] == [["count", ROOT_TENANT, "rmt_a"], ["lift", "t", "x", 2]]
