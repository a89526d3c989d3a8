"""What each part of a call costs, alone: the real parts over a real state, in this process.

Each figure is microseconds for one operation, as the least, the median and the most of some rounds.
What releases the interpreter costs more beside the journal's thread than it does here: compare
their sum with the whole call to see how much.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bench.caller import Caller as Agent
from bench.site import POLICIES_FOR_READS, POLICIES_FOR_WRITES, Site
from remit.app.control import Control, load_control
from remit.app.keys import open_token_keys
from remit.app.policies import make_book
from remit.app.proxy import proxy_limits
from remit.identity.proof.dpop import ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.identity.proof.replay import ReplayWindow
from remit.jose.key_cache import KeyCache
from remit.kernel.canonical import canonicalize, parse_strict
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.uri import IssuerURL
from remit.outbound.door import Door
from remit.outbound.message import OutboundRequest
from remit.policy.authorize import authorize_call
from remit.policy.book import PolicyBook
from remit.policy.permits import CallPermit
from remit.proxy.asked import AskedCall
from remit.proxy.attempt import Attempt
from remit.proxy.caller import Caller, Callers
from remit.proxy.decide import make_request
from remit.proxy.dialects.http_target import destination_of
from remit.proxy.dialects.mcp import describe_mcp
from remit.proxy.intent import describe_intent
from remit.proxy.messages import IncomingCall
from remit.proxy.routes import Route, Routes
from remit.proxy.standing import Standing, Standings
from remit.proxy.upstream import call_limits
from remit.settings import load_settings
from remit.signals.clearance import Clearance
from remit.storage.sqlite.journal import SQLiteJournal, open_journal
from remit.tokens.verification import AccessTokenVerifier

_WAITERS = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds for one operation, over some rounds."""

    name: str
    least: float
    median: float
    most: float


class _Body:
    """A request's body that is there already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def read(self, max_bytes: int) -> bytes:
        return self._content


class Parts:
    """The parts of a call, loaded from the state directory of a server that has stopped."""

    def __init__(self, site: Site, agent: Agent, tokens: tuple[str, str]) -> None:
        self._clock, self._entropy = SystemClock(), SystemEntropy()
        self._settings = load_settings(site.home)
        self._journal: SQLiteJournal = open_journal(site.home, self._clock, self._entropy)
        self._control: Control = load_control(site.home, self._journal, self._clock, self._entropy)
        self._book: PolicyBook = make_book(self._control, self._journal, self._entropy)
        self._book.load(self._journal)
        self._nonces = Nonces.of_process(self._entropy, self._clock)
        self._bearer, self._bound = tokens
        self._agent = agent
        self._agent.adopt_nonce(self._nonces.current())
        keys = open_token_keys(self._control.signing_keys, self._journal)
        issuer = IssuerURL(self._settings.server.public_url)
        self._routes = Routes(issuer)
        self._callers = Callers(
            AccessTokenVerifier(keys, issuer, self._clock),
            ProofVerifier(self._nonces, self._clock, keys=KeyCache(), nonce_required=True),
            ReplayWindow(self._clock),
            self._clock,
        )
        control = self._control
        self._standings = Standings(
            ROOT_TENANT, control.directory, control.book, control.stops, self._clock
        )

    async def measure(self, rounds: int) -> list[Cost]:
        """Every part's cost."""
        try:
            return [cost async for cost in self._measure(rounds)]
        finally:
            await self._journal.aclose()

    async def _measure(self, rounds: int) -> AsyncIterator[Cost]:
        bearer = self._incoming(self._agent.bearer_call(self._bearer, "read_note"))
        body = await bearer.body.read(0)
        route = self._routes.find(bearer)
        yield _time("parse the body strictly", rounds, lambda: parse_strict(body))
        parsed = parse_strict(body)
        yield _time("write it canonically", rounds, lambda: canonicalize(parsed))
        yield _time("token, cached", rounds, lambda: self._callers.verify(bearer, route))
        proofs = iter([self._incoming(self._agent.bound_call(self._bound, "write_note"))
                       for _ in range(rounds * 200 + 1)])  # fmt: skip
        yield _time(
            "token, cached, and a DPoP proof (ES256)",
            rounds,
            lambda: self._callers.verify(next(proofs), route),
            count=200,
        )
        caller = self._callers.verify(bearer, route)
        yield _time("what stands, and stops", rounds, lambda: self._stand(caller, route))
        standing = self._standings.resolve(caller, route)
        clearance = self._standings.clear(standing)
        server = standing.tool_server
        if server is None:
            raise RuntimeError("the bench's tool server is not there")
        limits = proxy_limits(self._settings)
        yield _time(
            "describe the call",
            rounds,
            lambda: describe_mcp(bearer, body, server, limits, Attempt()),
        )
        permit = self._permit(bearer, body, standing, clearance)
        write = self._incoming(self._agent.bearer_call(self._bearer, "write_note"))
        permits = ((POLICIES_FOR_READS, permit), (
            POLICIES_FOR_WRITES, self._permit(write, await write.body.read(0), standing, clearance)
        ))  # fmt: skip
        engine = self._book.engine
        for count, each in permits:
            yield _time(
                f"decide by {count} policies (Cedar)",
                rounds,
                partial(authorize_call, each.request, clearance, engine),
            )
        record = describe_intent(permit, caller)
        yield _time(
            "accept an audit record", rounds, lambda: self._journal.append(record), rest=0.2
        )
        yield await _time_async(
            "commit an audit record, alone", rounds, lambda: self._journal.commit(record), 1
        )
        yield await _time_async(
            f"commit an audit record, {_WAITERS} at a time",
            rounds,
            lambda: self._journal.commit(record),
            _WAITERS,
        )
        yield _time("open the credential", rounds, lambda: self._control.secrets.obtain(permit))
        door = Door()
        destination, target = destination_of(server.upstream)
        message = OutboundRequest(b"POST", target, (), body)
        calls = call_limits(server, limits)

        async def exchange() -> None:
            response = await door.send(destination, message, calls, partition="bench")
            await response.read(1 << 20)

        yield await _time_async("a round trip through the door", rounds, exchange, 1)
        await door.close()

    def _stand(self, caller: Caller, route: Route) -> Clearance:
        return self._standings.clear(self._standings.resolve(caller, route))

    def _permit(
        self, incoming: IncomingCall, body: bytes, standing: Standing, clearance: Clearance
    ) -> CallPermit:
        server = standing.tool_server
        if server is None:
            raise RuntimeError("the bench's tool server is not there")
        limits = proxy_limits(self._settings)
        asked = describe_mcp(incoming, body, server, limits, Attempt())
        if not isinstance(asked, AskedCall):
            raise RuntimeError("the bench's call is no call")
        request = make_request(asked, standing, server)
        return authorize_call(request, clearance, self._book.engine)

    def _incoming(self, request: bytes) -> IncomingCall:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        method, path, _ = first.split(b" ")
        headers = tuple(
            (name.lower(), value) for name, _, value in (line.partition(b": ") for line in lines)
        )
        return IncomingCall(method.decode(), path, b"", headers, _Body(body), "127.0.0.1:1")


def _time(
    name: str, rounds: int, run: Callable[[], object], *, count: int = 500, rest: float = 0.0
) -> Cost:
    run()
    took: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(count):
            run()
        took.append((time.perf_counter() - began) / count)
        time.sleep(rest)
    return _cost(name, took)


async def _time_async(
    name: str, rounds: int, run: Callable[[], Awaitable[object]], at_a_time: int
) -> Cost:
    count = 320
    took: list[float] = []
    await run()

    async def repeat() -> None:
        for _ in range(count // at_a_time):
            await run()

    for _ in range(rounds):
        began = time.perf_counter()
        await asyncio.gather(*(repeat() for _ in range(at_a_time)))
        took.append((time.perf_counter() - began) / count)
    return _cost(name, took)


def _cost(name: str, took: list[float]) -> Cost:
    micros = [each * 1e6 for each in took]
    return Cost(name, min(micros), statistics.median(micros), max(micros))
