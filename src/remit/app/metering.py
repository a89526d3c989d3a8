"""Metrics from what is recorded anyway: the log and Prometheus cannot differ."""

from collections.abc import Sequence

from remit.audit.journal import Change, Receipt
from remit.audit.records import Record, RefusalsAggregated
from remit.broker.records import TokenIssued, TokenRefused
from remit.identity.directory import Directory
from remit.identity.federation.ports import Fetch
from remit.identity.trust import TrustIssuer
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.kernel.ids import ROOT_TENANT, LogId, ToolServerId
from remit.outbound.fetch import FetchedJSON
from remit.proxy.records import CallCompleted, CallFailed, CallIntended, CallRefused, CallWasCut
from remit.signals.events import SignalEvent, TargetsHeld, TargetsSuperseded, TargetStopped
from remit.storage.sqlite.journal import SQLiteJournal
from remit.telemetry.metrics import OTHER, Metrics
from remit.telemetry.names import Effect, Outcome

_GRANT = "jwt-bearer"


class MeteredJournal:
    """The journal, counting each record that it accepts."""

    def __init__(
        self, journal: SQLiteJournal, metrics: Metrics, directory: Directory, clock: Clock
    ) -> None:
        self._journal = journal
        self._metrics = metrics
        self._directory = directory
        self._clock = clock
        metrics.audit_queue.set_function(lambda: journal.queued)

    @property
    def log(self) -> LogId:
        """See `Journal`."""
        return self._journal.log

    def append(self, record: Record) -> Receipt:
        """See `Journal`."""
        receipt = self._journal.append(record)
        self._count(record)
        return receipt

    async def commit(self, record: Record, changes: Sequence[Change] = ()) -> Receipt:
        """See `Journal`."""
        began = self._clock.monotonic()
        receipt = await self._journal.commit(record, changes)
        size = 0 if receipt.index is None else receipt.index + 1
        self._metrics.audit_committed(self._clock.monotonic() - began, size)
        self._count(record)
        return receipt

    def _count(self, record: Record) -> None:
        match record:
            case CallIntended():
                self._metrics.decided(Effect.ALLOW)
            case CallCompleted():
                self._ended(record.tool_server, Outcome.SUCCEEDED, record.latency_ms)
            case CallFailed():
                self._ended(record.tool_server, Outcome.FAILED, record.latency_ms)
                self._metrics.upstream_failed(self._name(record.tool_server), record.error)
            case CallWasCut():
                self._ended(record.tool_server, Outcome.CUT, record.latency_ms)
            case CallRefused():
                self._metrics.decided(Effect.DENY)
                self._metrics.denied(record.code or record.error)
            case TokenIssued():
                self._metrics.token_requested(_GRANT, Outcome.SUCCEEDED)
            case TokenRefused():
                self._metrics.token_requested(_GRANT, Outcome.REFUSED)
                self._metrics.denied(record.error)
            case RefusalsAggregated():
                for kind, count in record.refusals.items():
                    self._metrics.denied(kind.rpartition(" ")[2], count)
                self._metrics.denied(OTHER, record.others)
            case _:
                pass  # Control state changes too seldom to be worth a counter.

    def _ended(self, tool_server: ToolServerId, outcome: Outcome, latency_ms: int) -> None:
        self._metrics.call_ended(self._name(tool_server), outcome, latency_ms / 1000)

    def _name(self, tool_server: ToolServerId) -> str:
        found = self._directory.tool_servers.find(ROOT_TENANT, tool_server)
        return "unknown" if found is None else found.name


class MeteredSignals:
    """Counts stops, and what they cut."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, event: SignalEvent) -> None:
        match event:
            case TargetStopped(stop=stop, cut=cut):
                self._metrics.stopped(stop.target.kind.value)
                self._metrics.cut(stop.target.kind.value, cut.cancelled)
            case (
                TargetsSuperseded(targets=targets, cut=cut) | TargetsHeld(targets=targets, cut=cut)
            ) if targets:
                self._metrics.cut(targets[0].kind.value, cut.cancelled)
            case _:
                pass


class MeteredFetch:
    """Fetches issuers' documents, counting how that ended."""

    def __init__(self, fetch: Fetch, metrics: Metrics) -> None:
        self._fetch = fetch
        self._metrics = metrics

    async def __call__(self, url: str, issuer: TrustIssuer) -> FetchedJSON:
        """See `Fetch`."""
        try:
            fetched = await self._fetch(url, issuer)
        except RemitError:
            self._metrics.keys_fetched(issuer.name, Outcome.FAILED)
            raise
        self._metrics.keys_fetched(issuer.name, Outcome.SUCCEEDED)
        return fetched
