"""Metrics of one installation, in a registry of its own, rendered for Prometheus to scrape.

Labels are of few values, and none is a caller's to choose: agents, tokens and paths are never
labels. What is named by configuration (tool servers, issuers) is bounded, and the rest is `other`.
"""

from typing import final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from remit.telemetry.names import Effect, Metric, Outcome

CONTENT_TYPE = CONTENT_TYPE_LATEST
MAX_LABEL_VALUES = 500
MAX_LABEL_LENGTH = 100
OTHER = "other"

_CALL_BUCKETS = (5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_COMMIT_BUCKETS = (5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.05, 0.25, 1.0)


@final
class Labels:
    """The values seen of one label, up to a limit; later ones are `other`."""

    __slots__ = ("_limit", "_seen")

    def __init__(self, limit: int = MAX_LABEL_VALUES) -> None:
        self._limit = limit
        self._seen: set[str] = set()

    def admit(self, value: str) -> str:
        """The value itself, or `other`."""
        if value in self._seen:
            return value
        if len(self._seen) >= self._limit or len(value) > MAX_LABEL_LENGTH:
            return OTHER
        self._seen.add(value)
        return value


@final
class Metrics:
    """What Remit counts. One instance an installation, made where the parts are put together."""

    def __init__(self, version: str) -> None:
        registry = self._registry = CollectorRegistry()
        Info(Metric.BUILD, "Which Remit this is.", registry=registry).info({"version": version})
        self._grants, self._servers, self._reasons = Labels(), Labels(), Labels()
        self._issuers, self._errors, self._targets = Labels(), Labels(), Labels()
        self._token_requests = Counter(
            Metric.TOKEN_REQUESTS, "Token requests.", ["grant", "outcome"], registry=registry
        )
        self._calls = Counter(
            Metric.CALLS, "Tool calls.", ["tool_server", "outcome"], registry=registry
        )
        self._call_seconds = Histogram(
            Metric.CALL_SECONDS,
            "Tool calls, from first byte in to last byte out.",
            ["tool_server"],
            buckets=_CALL_BUCKETS,
            registry=registry,
        )
        self._decisions = Counter(
            Metric.DECISIONS, "Policy decisions.", ["effect"], registry=registry
        )
        self._ended: dict[tuple[str, Outcome], tuple[Counter, Histogram]] = {}
        self._denials = Counter(
            Metric.DENIALS, "Refusals, by wire code or rule kind.", ["reason"], registry=registry
        )
        self._cut = Counter(
            Metric.CALLS_CUT, "Calls and streams cut by a stop.", ["kind"], registry=registry
        )
        self._stops = Counter(
            Metric.STOPS, "Stops committed, by kind of target.", ["kind"], registry=registry
        )
        self._key_fetches = Counter(
            Metric.KEY_FETCHES, "Key sets fetched.", ["issuer", "outcome"], registry=registry
        )
        self._upstream_errors = Counter(
            Metric.UPSTREAM_ERRORS,
            "Upstream failures.",
            ["tool_server", "error"],
            registry=registry,
        )
        self._audit_commit_seconds = Histogram(
            Metric.AUDIT_COMMIT_SECONDS,
            "Group commits of the audit log.",
            buckets=_COMMIT_BUCKETS,
            registry=registry,
        )
        self.calls_in_flight = Gauge(
            Metric.CALLS_IN_FLIGHT, "Calls sent upstream and not yet answered.", registry=registry
        )
        self.audit_queue = Gauge(
            Metric.AUDIT_QUEUE, "Records accepted and not yet durable.", registry=registry
        )
        self.audit_log_size = Gauge(
            Metric.AUDIT_LOG_SIZE, "Records in the audit log.", registry=registry
        )

    def render(self) -> bytes:
        """What Prometheus scrapes, of type CONTENT_TYPE."""
        return generate_latest(self._registry)

    def token_requested(self, grant: str, outcome: Outcome) -> None:
        self._token_requests.labels(self._grants.admit(grant), outcome).inc()

    def call_ended(self, tool_server: str, outcome: Outcome, seconds: float) -> None:
        server = self._servers.admit(tool_server)
        kept = self._ended.get((server, outcome))
        calls, call_seconds = kept or self._keep_ended(server, outcome)
        calls.inc()
        call_seconds.observe(seconds)

    def _keep_ended(self, server: str, outcome: Outcome) -> tuple[Counter, Histogram]:
        # Looking a series up by its labels costs more than counting, and this is on every call.
        made = (self._calls.labels(server, outcome), self._call_seconds.labels(server))
        self._ended[server, outcome] = made
        return made

    def decided(self, effect: Effect) -> None:
        self._decisions.labels(effect).inc()

    def denied(self, reason: str, count: int = 1) -> None:
        """`reason` is an error's wire code or a rule's kind, never a text about this request."""
        self._denials.labels(self._reasons.admit(reason)).inc(count)

    def stopped(self, kind: str) -> None:
        self._stops.labels(self._targets.admit(kind)).inc()

    def cut(self, kind: str, count: int = 1) -> None:
        self._cut.labels(self._targets.admit(kind)).inc(count)

    def keys_fetched(self, issuer: str, outcome: Outcome) -> None:
        """`issuer` is the registered name of the issuer."""
        self._key_fetches.labels(self._issuers.admit(issuer), outcome).inc()

    def upstream_failed(self, tool_server: str, error: str) -> None:
        """`error` is a class of failure, say `timeout`."""
        server = self._servers.admit(tool_server)
        self._upstream_errors.labels(server, self._errors.admit(error)).inc()

    def audit_committed(self, seconds: float, log_size: int) -> None:
        self._audit_commit_seconds.observe(seconds)
        self.audit_log_size.set(log_size)
