"""Health and metrics, on a loopback listener of their own."""

from collections.abc import Callable

from remit.telemetry.metrics import Metrics
from remit.web.http import NO_STORE, Request, Response, Route, json_response

_EXPOSITION = b"text/plain; version=0.0.4; charset=utf-8"


class OperationsRoutes:
    """`problems` names what keeps this process from serving; empty when it is ready."""

    def __init__(self, metrics: Metrics, problems: Callable[[], tuple[str, ...]]) -> None:
        self._metrics = metrics
        self._problems = problems

    def table(self) -> tuple[Route, ...]:
        """What is answered, and where."""
        return (
            Route("GET", "/healthz", self.health),
            Route("GET", "/readyz", self.readiness),
            Route("GET", "/metrics", self.metrics),
        )

    async def health(self, request: Request) -> Response:
        """The process answers; nothing more is promised."""
        return json_response({"status": "alive"})

    async def readiness(self, request: Request) -> Response:
        """Calls can be served: the log takes records, the control state is loaded."""
        problems = self._problems()
        if problems:
            return json_response({"status": "not ready", "problems": problems}, 503)
        return json_response({"status": "ready"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus text exposition."""
        body = self._metrics.render()
        return Response(200, ((b"content-type", _EXPOSITION), *NO_STORE), body)
