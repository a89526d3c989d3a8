"""Step 7: the only place from which a call goes upstream.

It demands the permit, the credential and the receipt; it registers the call as in flight, checks
the epochs once more, and sends exactly the permitted request, once, in bytes that are its own.
"""

from dataclasses import dataclass

from remit.audit.journal import AuditUnavailable
from remit.identity.tools import Protocol, RiskTier, ToolServer
from remit.mcp.build import Implementation
from remit.mcp.messages import MCPRequest
from remit.outbound.door import Door
from remit.outbound.message import Header, Limits, OutboundRequest
from remit.outbound.response import OutboundResponse
from remit.policy.permits import CallPermit
from remit.proxy.asked import MCPForm, ReplyForm
from remit.proxy.dialects.http_target import build_http_request, destination_of
from remit.proxy.dialects.mcp_upstream import upstream_message, upstream_request
from remit.proxy.errors import UpstreamFaulty, UpstreamRedirected, UpstreamRefused
from remit.proxy.injection import inject
from remit.proxy.limits import ProxyLimits
from remit.proxy.outcome import Outcome
from remit.proxy.under_way import UnderWay
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.signals.targets import Target
from remit.vault.credential import Credential


@dataclass(frozen=True, slots=True)
class Manner:
    """How a permitted call is sent: nothing in it changes what is asked of the upstream."""

    path: tuple[Target, ...]
    form: ReplyForm
    trace: tuple[Header, ...]
    parameter_headers: tuple[Header, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The head of an upstream's answer has come. `request` is what an MCP server was asked."""

    response: OutboundResponse
    under_way: UnderWay
    request: MCPRequest | None


class UpstreamCalls:
    """Sends permitted calls."""

    def __init__(
        self,
        door: Door,
        stops: Stops,
        in_flight: InFlight,
        limits: ProxyLimits,
        client: Implementation,
    ) -> None:
        self._door = door
        self._stops = stops
        self._in_flight = in_flight
        self._limits = limits
        self._client = client

    async def send(
        self, permit: CallPermit, credential: Credential, outcome: Outcome, manner: Manner
    ) -> Answered:
        """The upstream's answer, as far as its head. Raises UpstreamFailure, CallCut, Stopped."""
        server = permit.request.tool_server
        if permit.request.tool.risk is not RiskTier.READ and not outcome.intent.durable:
            raise AuditUnavailable("a write whose intent is not on the disk")
        message, asked = self._build(permit, credential, manner)
        outcome.secret_version = credential.version
        destination, _ = destination_of(server.upstream)
        under_way = UnderWay(
            lambda: self._stops.check_again(permit.clearance), server.timeout_seconds
        )
        registration = self._in_flight.register(manner.path, under_way.cut)
        outcome.leaving(registration.release)
        under_way.check()
        outcome.was_sent = True
        response = await under_way.wait(
            self._door.send(
                destination,
                message,
                call_limits(server, self._limits),
                partition=f"{server.id}/{permit.request.agent.id}",
            )
        )
        outcome.leaving(response.close)
        under_way.answered(response.close)
        check_status(response)
        return Answered(response, under_way, asked)

    def _build(
        self, permit: CallPermit, credential: Credential, manner: Manner
    ) -> tuple[OutboundRequest, MCPRequest | None]:
        request = permit.request
        upstream = request.tool_server.upstream
        if request.tool_server.protocol is Protocol.HTTP:
            headers = inject(manner.trace, credential)
            return build_http_request(upstream, request.tool, request.arguments, headers), None
        form = manner.form if isinstance(manner.form, MCPForm) else MCPForm(0)
        asked = upstream_request(permit, form)
        message = upstream_message(asked, self._client, manner.parameter_headers)
        _, target = destination_of(upstream)
        headers = inject((*message.headers, *manner.trace), credential)
        return OutboundRequest(b"POST", target, headers, message.body), asked


def call_limits(server: ToolServer, limits: ProxyLimits) -> Limits:
    """The door's limits for one call; how long it lives in all is the call's own affair."""
    return Limits(
        connect_in=min(5.0, server.timeout_seconds),
        first_byte_in=server.timeout_seconds,
        idle_in=max(server.timeout_seconds, limits.stream_idle_seconds),
        total_in=None,
        max_body_bytes=limits.stream_bytes,
    )


def check_status(response: OutboundResponse) -> None:
    """Raises where the answer is not one of the tool's, but of what stands in front of it."""
    status = response.status
    if status in (401, 403, 407):
        # Passed on, it would send the agent to look for credentials that it must never have.
        raise UpstreamRefused(f"the upstream answered {status} to our credential")
    if 300 <= status < 400:
        raise UpstreamRedirected(f"the upstream answered {status}")
    if status >= 500:
        raise UpstreamFaulty(f"the upstream answered {status}")
