"""Story 2, put together."""

from dataclasses import dataclass

from remit import __version__
from remit.app.control import Control
from remit.app.surroundings import Surroundings
from remit.identity.proof.dpop import ProofVerifier
from remit.identity.proof.replay import ReplayWindow
from remit.jose.key_cache import KeyCache
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.uri import IssuerURL
from remit.mcp.build import Implementation
from remit.policy.book import PolicyBook
from remit.proxy.call import ToolProxy
from remit.proxy.caller import Callers
from remit.proxy.decide import Decisions
from remit.proxy.intent import Intents
from remit.proxy.limits import Concurrency, ProxyLimits
from remit.proxy.observation import Observer
from remit.proxy.own_answers import OwnAnswers
from remit.proxy.pins import Pins
from remit.proxy.refusals import Refusals
from remit.proxy.refusing import Refusing
from remit.proxy.release import Releases
from remit.proxy.routes import Routes
from remit.proxy.standing import Standings
from remit.proxy.upstream import UpstreamCalls
from remit.settings import Settings
from remit.tokens.verification import AccessTokenVerifier

REMIT = Implementation("remit", __version__)


@dataclass(frozen=True, slots=True)
class Proxy:
    """The tool proxy, and what watches its upstreams' definitions."""

    tool_proxy: ToolProxy
    observer: Observer
    pins: Pins


def make_proxy(control: Control, policies: PolicyBook, around: Surroundings) -> Proxy:
    """The tool proxy over the control state."""
    issuer, clock = IssuerURL(around.settings.server.public_url), around.clock
    journal, nonces, door = around.journal, around.nonces, around.door
    limits = proxy_limits(around.settings)
    observer = Observer(door, control.secrets, control.stops, control.in_flight, REMIT, limits)
    pins = Pins(ROOT_TENANT, control.directory, observer.observe, journal, clock)
    tool_proxy = ToolProxy(
        decisions=Decisions(
            routes=Routes(issuer),
            callers=Callers(
                AccessTokenVerifier(around.token_keys, issuer, clock),
                ProofVerifier(nonces, clock, keys=KeyCache(), nonce_required=True),
                ReplayWindow(clock),
                clock,
            ),
            standings=Standings(ROOT_TENANT, control.directory, control.book, control.stops, clock),
            policies=policies,
            pins=pins,
            limits=limits,
        ),
        own_answers=OwnAnswers(issuer, REMIT, control.directory, policies, pins, journal),
        concurrency=Concurrency(limits),
        intents=Intents(journal, clock),
        credentials=control.secrets,
        upstream=UpstreamCalls(door, control.stops, control.in_flight, limits, REMIT),
        releases=Releases(REMIT, limits),
        refusals=Refusals(journal, around.counter, clock),
        refusing=Refusing(REMIT, offers_bearer=True),
        nonces=nonces,
        entropy=around.entropy,
    )
    return Proxy(tool_proxy, observer, pins)


def proxy_limits(settings: Settings) -> ProxyLimits:
    """The limits that the settings give."""
    return ProxyLimits(
        body_bytes=settings.limits.body_bytes,
        header_bytes=settings.limits.header_bytes,
        calls_per_agent=settings.limits.calls_per_agent,
        calls_per_tool_server=settings.limits.calls_per_tool_server,
    )
