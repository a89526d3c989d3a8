"""Steps 0 to 4 of story 2: from a request to a decision, with no effect on anything.

What comes out is a permit for exactly one call, or something that Remit answers by itself, under
the same checks. A decision-only endpoint shares this with `call.py`.
"""

from dataclasses import dataclass
from typing import TypeAlias

from remit.identity.tools import Protocol, ToolServer
from remit.kernel.canonical import canonicalize, digest_bytes
from remit.policy.authorize import authorize_call
from remit.policy.permits import CallPermit
from remit.policy.request import CallRequest, Facts
from remit.proxy.asked import (
    Asked,
    AskedCall,
    AskedCatalogue,
    AskedDiscovery,
    AskedTools,
    Notified,
)
from remit.proxy.attempt import Attempt
from remit.proxy.caller import Callers
from remit.proxy.dialects.http import describe_http
from remit.proxy.dialects.http_target import check_target
from remit.proxy.dialects.mcp import describe_mcp
from remit.proxy.limits import ProxyLimits, check_headers
from remit.proxy.messages import IncomingCall
from remit.proxy.pins import Pins
from remit.proxy.ports import Policies
from remit.proxy.routes import Form, Route, Routes
from remit.proxy.standing import Standing, Standings
from remit.signals.clearance import Clearance

OwnQuestion: TypeAlias = AskedTools | AskedDiscovery | AskedCatalogue | Notified


@dataclass(frozen=True, slots=True)
class Permitted:
    """A call that may go upstream, as it was asked for."""

    permit: CallPermit
    asked: AskedCall
    standing: Standing


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """A question that Remit answers itself, to a caller who is cleared for it."""

    asked: OwnQuestion
    standing: Standing
    clearance: Clearance


Decided: TypeAlias = Permitted | OwnAnswer


class Decisions:
    """Decides; keeps nothing of its own between two requests."""

    def __init__(
        self,
        routes: Routes,
        callers: Callers,
        standings: Standings,
        policies: Policies,
        pins: Pins,
        limits: ProxyLimits,
    ) -> None:
        self._routes = routes
        self._callers = callers
        self._standings = standings
        self._policies = policies
        self._pins = pins
        self._limits = limits

    async def decide(self, incoming: IncomingCall, attempt: Attempt) -> Decided:
        """The decision about one request, or the RemitError that refuses it.

        The body is read when its caller is known; from then on one state of the world is decided
        on, in one step.
        """
        # 0
        check_headers(incoming.headers, self._limits)
        route = attempt.route = self._routes.find(incoming)
        # 1
        caller = attempt.caller = self._callers.verify(incoming, route)
        body = await incoming.body.read(self._limits.body_bytes)
        # 2
        standing = self._standings.resolve(caller, route)
        clearance = self._standings.clear(standing)
        if standing.tool_server is not None and self._pins.is_unseen(standing.tool_server):
            await self._pins.observe_first(standing.tool_server)
            standing = self._standings.resolve(caller, route)
            clearance = self._standings.clear(standing)
        # 3
        asked = self._describe(incoming, body, route, standing.tool_server, attempt)
        if not isinstance(asked, AskedCall) or standing.tool_server is None:
            return _own(asked, standing, clearance)
        request = make_request(asked, standing, standing.tool_server)
        attempt.arguments_digest = request.arguments_digest
        # 4
        permit = authorize_call(request, clearance, self._policies.engine)
        self._pins.verify(standing.tool_server, asked.tool)
        return Permitted(permit, asked, standing)

    def _describe(
        self,
        incoming: IncomingCall,
        body: bytes,
        route: Route,
        server: ToolServer | None,
        attempt: Attempt,
    ) -> Asked:
        if server is None:
            return AskedCatalogue()
        if route.form is Form.HTTP:
            return describe_http(incoming, route.rest, body, server, self._limits, attempt)
        return describe_mcp(incoming, body, server, self._limits, attempt)


def make_request(asked: AskedCall, standing: Standing, server: ToolServer) -> CallRequest:
    """The request that is decided on, and then sent: its arguments once, in canonical form."""
    canonical = canonicalize(asked.arguments)
    if server.protocol is Protocol.HTTP:
        check_target(server, asked.tool, asked.arguments)
    return CallRequest(
        agent=standing.agent,
        remit=standing.remit,
        tool_server=server,
        tool=asked.tool,
        arguments=asked.arguments,
        canonical_arguments=canonical,
        arguments_digest=digest_bytes(canonical),
        facts=facts_of(standing),
    )


def facts_of(standing: Standing) -> Facts:
    """What policies may know beside the call. Nothing is delegated yet, so that the depth is 0."""
    return Facts(bound=standing.caller.is_bound, depth=0, at=standing.at)


def _own(asked: Asked, standing: Standing, clearance: Clearance) -> OwnAnswer:
    if isinstance(asked, AskedCall):
        raise TypeError("a call without a tool server")
    return OwnAnswer(asked, standing, clearance)
