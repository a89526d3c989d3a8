"""What is measured: alternating rounds of each scenario, at one connection and at many."""

import asyncio
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import TypeAlias

from bench import machine
from bench.caller import Caller, call_message, post
from bench.load import Round, run_round
from bench.site import Site
from bench.upstream import AUTHORIZATION

CONNECTIONS = 32
_REST_SECONDS = 0.1
# How many more requests are made for a round than the last one needed.
_SPARE = 1.3

DIRECT, GOVERNED, BEARER, TOKENS = "direct", "governed write", "bearer read", "token endpoint"
SCENARIOS = (DIRECT, GOVERNED, BEARER, TOKENS)


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure over the rounds; the machine's noise is between least and most."""

    least: float
    median: float
    most: float


def spread(figures: list[float]) -> Spread:
    return Spread(min(figures), statistics.median(figures), max(figures))


@dataclass(slots=True)
class Figures:
    """What the rounds of one scenario have shown. Milliseconds, microseconds, requests a second.

    `shares` says how much of its core the server had: the rest went to neighbours, or was idle.
    """

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    alone_p99: list[float] = field(default_factory=list)
    loaded_p50: list[float] = field(default_factory=list)
    loaded_p99: list[float] = field(default_factory=list)
    requests: int = 0


Measured: TypeAlias = dict[str, Figures]


class Scenarios:
    """The rounds of all scenarios against one running site."""

    def __init__(self, site: Site, caller: Caller) -> None:
        self._site = site
        self._caller = caller
        self._rates: dict[str, float] = {GOVERNED: 1500.0, TOKENS: 1500.0}

    async def measure(self, rounds: int, seconds: float) -> Measured:
        """All scenarios in turn, forwards and backwards, so that none has the best place."""
        measured: Measured = {name: Figures() for name in SCENARIOS}
        await self.warm()
        for number in range(rounds):
            for name in SCENARIOS if number % 2 == 0 else SCENARIOS[::-1]:
                await self._measure(name, measured[name], seconds)
        return measured

    async def warm(self) -> None:
        for name in SCENARIOS:
            await self.run(name, CONNECTIONS, 0.3)

    async def _measure(self, name: str, figures: Figures, seconds: float) -> None:
        alone, _ = await self.run(name, 1, seconds * 0.6)
        figures.alone.append(alone.percentile(0.5) * 1e3)
        figures.alone_p99.append(alone.percentile(0.99) * 1e3)
        loaded, cpu = await self.run(name, CONNECTIONS, seconds)
        figures.rates.append(loaded.rate)
        figures.loaded_p50.append(loaded.percentile(0.5) * 1e3)
        figures.loaded_p99.append(loaded.percentile(0.99) * 1e3)
        figures.cpu.append(cpu / loaded.count * 1e6)
        figures.shares.append(min(1.0, cpu / loaded.seconds))
        figures.requests += alone.count + loaded.count

    async def run(self, name: str, connections: int, seconds: float) -> tuple[Round, float]:
        """One round, and the processor seconds that the server used for it."""
        requests = await self._requests(name, seconds)
        port = self._site.upstream_port if name == DIRECT else self._site.port
        before = machine.cpu_seconds(self._site.pid)
        done = await run_round(port, requests, connections, seconds)
        # What the round has left to do (records that gather, say) belongs to its cost.
        await asyncio.sleep(_REST_SECONDS)
        used = machine.cpu_seconds(self._site.pid) - before
        if name in self._rates and connections > 1:
            self._rates[name] = max(self._rates[name], done.rate)
        return done, used

    async def _requests(self, name: str, seconds: float) -> Iterator[bytes]:
        caller = self._caller
        count = int(self._rates.get(name, 0.0) * seconds * _SPARE)
        if name == DIRECT:
            body, headers = call_message("write_note")
            credential = ("authorization", AUTHORIZATION.decode())
            return repeat(post("127.0.0.1", "/mcp", body, (*headers, credential)))
        await caller.learn_nonce()
        if name == BEARER:
            return repeat(caller.bearer_call(await caller.fetch_bearer(), "read_note"))
        if name == TOKENS:
            return iter([caller.token_request() for _ in range(count)])
        token = await caller.fetch_bound()
        return iter([caller.bound_call(token, "write_note") for _ in range(count)])


async def measure_cpu(site: Site, caller: Caller, name: str, seconds: float) -> float:
    """Microseconds of the server's processor for one request of a scenario."""
    scenarios = Scenarios(site, caller)
    await scenarios.run(name, CONNECTIONS, 0.3)
    done, cpu = await scenarios.run(name, CONNECTIONS, seconds)
    return cpu / done.count * 1e6
