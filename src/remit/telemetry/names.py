"""Every name that telemetry says, once: log events and their fields, metrics and labels, spans.

A name that is not here cannot be logged or counted; documentation and dashboards read this list.
"""

from enum import StrEnum
from typing import TypedDict


class LogEvent(StrEnum):
    """What a log line says has happened. What must be provable is an audit record instead."""

    STARTED = "remit.started"
    STOPPING = "remit.stopping"
    STOPPED = "remit.stopped"
    CONFIGURATION_LOADED = "configuration.loaded"
    CONFIGURATION_REFUSED = "configuration.refused"
    LISTENING = "web.listening"
    REQUEST_REFUSED = "web.request_refused"
    REQUEST_FAILED = "web.request_failed"
    TOKEN_ISSUED = "token.issued"
    TOKEN_REFUSED = "token.refused"
    CALL_COMPLETED = "call.completed"
    CALL_REFUSED = "call.refused"
    CALL_FAILED = "call.failed"
    CALL_CUT = "call.cut"
    STREAM_OPENED = "stream.opened"
    STREAM_CLOSED = "stream.closed"
    STOP_APPLIED = "stop.applied"
    STOP_LIFTED = "stop.lifted"
    KEY_ROTATED = "key.rotated"
    KEYS_FETCHED = "issuer.keys_fetched"
    KEYS_UNAVAILABLE = "issuer.keys_unavailable"
    UPSTREAM_UNAVAILABLE = "upstream.unavailable"
    UPSTREAM_PROTOCOL_BROKEN = "upstream.protocol_broken"
    TOOL_QUARANTINED = "tool.quarantined"
    POLICY_LOADED = "policy.loaded"
    POLICY_FAILED = "policy.failed"
    SECRET_OPEN_FAILED = "vault.open_failed"
    AUDIT_CHECKPOINT = "audit.checkpoint"
    AUDIT_FAILED = "audit.failed"
    AUDIT_RECOVERED = "audit.recovered"
    MANIFEST_APPLIED = "manifest.applied"
    LIBRARY_WARNED = "library.warned"


class LogFields(TypedDict, total=False):
    """The fields of a log line. Free text is in `detail` alone; payloads and tokens are in none."""

    address: str
    agent: str
    attempt: int
    binding: str
    bytes: int
    count: int
    detail: str
    duration_ms: float
    error: str
    event_id: str
    failure: BaseException
    http_status: int
    index: int
    issuer: str
    key: str
    kind: str
    log: str
    method: str
    name: str
    outcome: str
    path: str
    pid: int
    policy: str
    port: int
    remit: str
    request_id: str
    revision: int
    route: str
    source: str
    target: str
    tenant: str
    tool: str
    tool_server: str
    trace_id: str
    version: str


# What the log itself adds to a line.
ADDED_FIELDS = frozenset({"at", "event", "exception", "level", "raised_at"})
LOG_FIELDS = frozenset(LogFields.__annotations__)


class Metric(StrEnum):
    """The metrics, by the name that Prometheus scrapes (counters gain `_total` there)."""

    BUILD = "remit_build"
    TOKEN_REQUESTS = "remit_token_requests"
    CALLS = "remit_calls"
    CALL_SECONDS = "remit_call_duration_seconds"
    DECISIONS = "remit_decisions"
    DENIALS = "remit_denials"
    CALLS_IN_FLIGHT = "remit_calls_in_flight"
    CALLS_CUT = "remit_calls_cut"
    STOPS = "remit_stops"
    KEY_FETCHES = "remit_issuer_key_fetches"
    UPSTREAM_ERRORS = "remit_upstream_errors"
    AUDIT_QUEUE = "remit_audit_queue_records"
    AUDIT_COMMIT_SECONDS = "remit_audit_commit_duration_seconds"
    AUDIT_LOG_SIZE = "remit_audit_log_records"


class Outcome(StrEnum):
    """How a token request or a call ended."""

    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"
    CUT = "cut"


class Effect(StrEnum):
    """What policy decided."""

    ALLOW = "allow"
    DENY = "deny"
    ERROR = "error"


class SpanName(StrEnum):
    """The spans of the two stories."""

    TOKEN_REQUEST = "remit.token_request"
    CALL = "remit.call"
    DECIDE = "remit.decide"
    AUDIT = "remit.audit"
    CREDENTIAL = "remit.credential"
    UPSTREAM = "remit.upstream"
