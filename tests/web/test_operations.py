import asyncio
import json

from prometheus_client.parser import text_string_to_metric_families

from remit.telemetry.metrics import Metrics
from remit.web.http import Request, Response, RouteTable
from remit.web.operations import OperationsRoutes


def ask(path: str, *problems: str) -> Response:
    routes = OperationsRoutes(Metrics("1.2.3"), lambda: problems)
    route = RouteTable(routes.table()).find("GET", path)
    assert route is not None
    assert route.max_body == 0
    answer = route.handler(Request("GET", path, b"", (), b"", "unix"))

    async def wait() -> Response:
        return await answer

    return asyncio.run(wait())


def test_health_is_that_the_process_answers() -> None:
    response = ask("/healthz", "the disk is full")
    assert (response.status, json.loads(response.body)) == (200, {"status": "alive"})


def test_readiness_is_that_nothing_is_in_the_way() -> None:
    response = ask("/readyz")
    assert (response.status, json.loads(response.body)) == (200, {"status": "ready"})


def test_what_is_in_the_way_is_named_and_no_call_is_led_here() -> None:
    response = ask("/readyz", "the disk is full", "no keys")
    assert response.status == 503
    assert json.loads(response.body)["problems"] == ["the disk is full", "no keys"]
    assert dict(response.headers)[b"cache-control"] == b"no-store"


def test_metrics_are_what_prometheus_reads() -> None:
    response = ask("/metrics")
    assert dict(response.headers)[b"content-type"].startswith(b"text/plain; version=0.0.4")
    families = {each.name: each for each in text_string_to_metric_families(response.body.decode())}
    assert families["remit_build_info"].samples[0].labels["version"] == "1.2.3"
    assert {"remit_calls", "remit_denials", "remit_decisions"} <= set(families)
