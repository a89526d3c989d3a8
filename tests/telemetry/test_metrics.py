"""Metrics: a registry of one's own, and labels that nobody outside can multiply."""

import re

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from remit.telemetry.metrics import CONTENT_TYPE, MAX_LABEL_LENGTH, OTHER, Labels, Metrics
from remit.telemetry.names import Effect, Metric, Outcome


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def used() -> Metrics:
    metrics = Metrics("1.2.3")
    metrics.token_requested("jwt-bearer", Outcome.SUCCEEDED)
    metrics.call_ended("tickets", Outcome.REFUSED, 0.002)
    metrics.decided(Effect.DENY)
    metrics.denied("insufficient_scope")
    metrics.stopped("agent")
    metrics.cut("stream", 3)
    metrics.keys_fetched("github", Outcome.FAILED)
    metrics.upstream_failed("tickets", "timeout")
    metrics.audit_committed(0.0001, 17)
    metrics.calls_in_flight.inc()
    metrics.audit_queue.set(5)
    return metrics


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("remit_build_info", ("1.2.3",), 1),
        ("remit_token_requests_total", ("jwt-bearer", "succeeded"), 1),
        ("remit_calls_total", ("refused", "tickets"), 1),
        ("remit_call_duration_seconds_bucket", ("0.0025", "tickets"), 1),
        ("remit_call_duration_seconds_bucket", ("0.001", "tickets"), 0),
        ("remit_decisions_total", ("deny",), 1),
        ("remit_denials_total", ("insufficient_scope",), 1),
        ("remit_stops_total", ("agent",), 1),
        ("remit_calls_cut_total", ("stream",), 3),
        ("remit_issuer_key_fetches_total", ("github", "failed"), 1),
        ("remit_upstream_errors_total", ("timeout", "tickets"), 1),
        ("remit_audit_commit_duration_seconds_count", (), 1),
        ("remit_audit_log_records", (), 17),
        ("remit_audit_queue_records", (), 5),
        ("remit_calls_in_flight", (), 1),
    ],
)
def test_what_happened_is_counted(name: str, labels: tuple[str, ...], value: float) -> None:
    assert samples(used())[name, labels] == value


def test_every_registered_metric_is_exposed_and_no_other() -> None:
    exposed = {
        family.name
        for family in text_string_to_metric_families(used().render().decode())
        if not family.name.endswith("_created")
    }
    assert {name.removesuffix("_info") for name in exposed} == {metric.value for metric in Metric}


def test_names_are_those_of_prometheus() -> None:
    assert all(re.fullmatch(r"remit_[a-z]+(_[a-z]+)*", metric) for metric in Metric)
    assert CONTENT_TYPE.startswith("text/plain")


def test_two_installations_in_one_process_count_apart() -> None:
    one, other = Metrics("1"), Metrics("1")
    one.decided(Effect.ALLOW)
    assert ("remit_decisions_total", ("allow",)) not in samples(other)
    assert not [name for name in REGISTRY._names_to_collectors if name.startswith("remit")]


def test_labels_are_bounded_in_number_and_length() -> None:
    labels = Labels(limit=2)
    assert [labels.admit(value) for value in ("a", "b", "c", "a")] == ["a", "b", OTHER, "a"]
    assert Labels().admit("x" * (MAX_LABEL_LENGTH + 1)) == OTHER


def test_a_stranger_cannot_fill_the_memory_with_series() -> None:
    metrics = Metrics("1")
    for number in range(5_000):
        metrics.denied(f"made up {number}")
    assert len(metrics.render()) < 200_000
    assert samples(metrics)["remit_denials_total", (OTHER,)] == 4_500
