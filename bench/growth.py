"""Whether anything grows with the number of agents: the start, the memory, calls, decisions."""

import time
from dataclasses import dataclass

from bench import crowd, machine
from bench.caller import Caller
from bench.load import ask
from bench.scenarios import BEARER, TOKENS, Spread, measure_cpu, spread
from bench.site import Site

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Size:
    """One number of agents. Seconds, mebibytes, microseconds of the server's processor."""

    agents: int
    start: float
    first_call: float
    idle_mib: float
    loaded_mib: float
    call_cpu: float
    token_cpu: float
    decision: Spread


async def measure_growth(site: Site, caller: Caller, sizes: tuple[int, ...]) -> list[Size]:
    """Each size in turn. The server is stopped before, and is after."""
    return [await _measure(site, caller, agents) for agents in sizes]


async def _measure(site: Site, caller: Caller, agents: int) -> Size:
    await crowd.grow(site, agents)
    with machine.on_core(machine.SERVER_CORE):
        deciding = await crowd.decide(site, 3)
    site.start()
    try:
        # A token outlives a restart; the first call after one is what a waiting agent sees.
        bearer = await caller.fetch_bearer()
        site.stop()
        began = time.perf_counter()
        start = site.start()
        answer = await ask(site.port, caller.bearer_call(bearer, "read_note"))
        first_call = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"the first call: {answer.status} {answer.body!r}")
        idle = machine.resident_bytes(site.pid) / _MIB
        call_cpu = await measure_cpu(site, caller, BEARER, 0.8)
        token_cpu = await measure_cpu(site, caller, TOKENS, 0.8)
        loaded = machine.resident_bytes(site.pid) / _MIB
    finally:
        site.stop()
    decision = spread(list(deciding.rounds))
    return Size(agents, start, first_call, idle, loaded, call_cpu, token_cpu, decision)
