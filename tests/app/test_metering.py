import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from remit.app.metering import MeteredFetch, MeteredJournal, MeteredSignals
from remit.audit.journal import AuditUnavailable, Change, Receipt
from remit.audit.records import Record, RefusalsAggregated
from remit.broker.records import TokenRefused
from remit.identity.directory import Directory
from remit.identity.trust import TrustIssuer
from remit.kernel.errors import Unavailable
from remit.kernel.ids import (
    ROOT_TENANT,
    AgentId,
    BindingId,
    EventId,
    HumanId,
    LogId,
    StopId,
    ToolServerId,
)
from remit.outbound.fetch import FetchedJSON
from remit.proxy.records import CallCompleted, CallFailed, CallRefused, CallWasCut
from remit.signals.events import StopEnded, TargetsHeld, TargetsSuperseded, TargetStopped
from remit.signals.in_flight import Cut
from remit.signals.stop import Stop
from remit.signals.targets import everything
from remit.storage.sqlite.journal import SQLiteJournal
from remit.telemetry.metrics import Metrics
from remit.testing.clock import FakeClock

ENDED: dict[str, Any] = {
    "tenant": ROOT_TENANT,
    "intent": EventId("evt_1"),
    "agent": AgentId("agt_1"),
    "tool_server": ToolServerId("tls_1"),
    "tool": "read",
    "latency_ms": 20,
}


class Accepting:
    """A journal that takes everything, or refuses everything."""

    log = LogId("log_1")
    queued = 3

    def __init__(self) -> None:
        self.refuses = False

    def append(self, record: Record) -> Receipt:
        if self.refuses:
            raise AuditUnavailable("full")
        return Receipt(EventId("evt_1"), self.log, None, False)

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        if self.refuses:
            raise AuditUnavailable("full")
        return Receipt(EventId("evt_1"), self.log, 41, True)


class Meter:
    """A metered journal, and what it has counted."""

    def __init__(self) -> None:
        self.metrics = Metrics("1")
        self.inner = Accepting()
        # What is metered is only ever asked for these four members.
        journal = cast("SQLiteJournal", self.inner)
        self.journal = MeteredJournal(journal, self.metrics, Directory(), FakeClock())

    def count(self, sample: str) -> float:
        return counted(self.metrics, sample)


def counted(metrics: Metrics, sample: str) -> float:
    lines = metrics.render().decode().splitlines()
    values = [line.rpartition(" ")[2] for line in lines if line.startswith(sample + " ")]
    return float(values[0]) if values else 0.0


@pytest.mark.parametrize(
    ("record", "sample"),
    [
        (
            CallCompleted(
                **ENDED, status=200, is_error=False, reply="sha256:0", reply_bytes=1,
                secret_version=1,
            ),
            'remit_calls_total{outcome="succeeded",tool_server="unknown"}',
        ),
        (
            CallFailed(**ENDED, error="upstream_timeout", reason="", may_have_effect=True),
            'remit_calls_total{outcome="failed",tool_server="unknown"}',
        ),
        (
            CallFailed(**ENDED, error="upstream_timeout", reason="", may_have_effect=True),
            'remit_upstream_errors_total{error="upstream_timeout",tool_server="unknown"}',
        ),
        (
            CallWasCut(**ENDED, error="call_cut", reason="", released_bytes=1),
            'remit_calls_total{outcome="cut",tool_server="unknown"}',
        ),
        (
            TokenRefused(
                tenant=ROOT_TENANT, agent=AgentId("agt_1"), client=BindingId("bnd_1"),
                resource="https://x", error="invalid_target", reason="",
            ),
            'remit_token_requests_total{grant="jwt-bearer",outcome="refused"}',
        ),
        (
            TokenRefused(
                tenant=ROOT_TENANT, agent=AgentId("agt_1"), client=BindingId("bnd_1"),
                resource="https://x", error="invalid_target", reason="",
            ),
            'remit_denials_total{reason="invalid_target"}',
        ),
    ],
)  # fmt: skip
def test_a_record_is_counted_when_it_is_accepted(record: Record, sample: str) -> None:
    meter = Meter()
    meter.journal.append(record)
    asyncio.run(meter.journal.commit(record))
    assert meter.count(sample) == 2
    assert meter.count("remit_audit_log_records") == 42
    assert meter.count("remit_audit_queue_records") == 3
    assert meter.journal.log == LogId("log_1")


def test_a_record_that_was_not_accepted_is_not_counted() -> None:
    meter = Meter()
    meter.inner.refuses = True
    record = CallWasCut(**ENDED, error="call_cut", reason="", released_bytes=1)
    with pytest.raises(AuditUnavailable):
        meter.journal.append(record)
    with pytest.raises(AuditUnavailable):
        asyncio.run(meter.journal.commit(record))
    assert meter.count('remit_calls_total{outcome="cut",tool_server="unknown"}') == 0


def test_refusals_that_were_counted_together_count_as_many() -> None:
    meter = Meter()
    counted_together = {"token invalid_grant": 50}
    meter.journal.append(
        RefusalsAggregated(
            tenant=ROOT_TENANT, since=1, until=2, refusals=counted_together, others=7
        )
    )
    assert meter.count('remit_denials_total{reason="invalid_grant"}') == 50
    assert meter.count('remit_denials_total{reason="other"}') == 7


def test_a_stop_and_what_it_cut_are_counted() -> None:
    metrics = Metrics("1")
    told = MeteredSignals(metrics)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    stop = Stop(StopId("stp_1"), everything(ROOT_TENANT), "test", HumanId("hum_1"), at, None, 1)
    told(TargetStopped(stop, Cut(4, 0)))
    told(TargetsSuperseded((everything(ROOT_TENANT),), Cut(2, 0)))
    told(TargetsHeld((everything(ROOT_TENANT),), Cut(1, 0)))
    told(TargetsSuperseded((), Cut(9, 0)))
    told(StopEnded(stop))
    assert counted(metrics, 'remit_stops_total{kind="everything"}') == 1
    assert counted(metrics, 'remit_calls_cut_total{kind="everything"}') == 7


def test_fetches_are_counted_by_how_they_ended() -> None:
    metrics = Metrics("1")
    issuer = cast("TrustIssuer", type("Named", (), {"name": "platform"})())
    fails = [False, True]

    async def fetch(url: str, issuer: TrustIssuer) -> FetchedJSON:
        if fails.pop(0):
            raise Unavailable("down")
        return cast("FetchedJSON", object())

    async def story() -> None:
        metered = MeteredFetch(fetch, metrics)
        await metered("https://platform.example", issuer)
        with pytest.raises(Unavailable):
            await metered("https://platform.example", issuer)

    asyncio.run(story())
    for outcome in ("succeeded", "failed"):
        sample = f'remit_issuer_key_fetches_total{{issuer="platform",outcome="{outcome}"}}'
        assert counted(metrics, sample) == 1


def test_a_refused_call_is_a_decision_and_a_denial() -> None:
    meter = Meter()
    for code in ("policy", None):
        meter.journal.append(
            CallRefused(
                tenant=ROOT_TENANT, agent=AgentId("agt_1"), remit=cast("Any", "rmt_1"),
                token=cast("Any", "tok_1"), tool_server="notes", tool="read",
                error="access_denied", code=code, reason="", arguments=None, policies=(),
            )
        )  # fmt: skip
    assert meter.count('remit_decisions_total{effect="deny"}') == 2
    assert meter.count('remit_denials_total{reason="policy"}') == 1
    assert meter.count('remit_denials_total{reason="access_denied"}') == 1
