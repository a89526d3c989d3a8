"""How much one caller may ask for at a time, and how much an upstream may answer.

Slots are counted per agent and per tool server, in this process. A slot is taken before the audit
record of an intent is written, and given back when the call, or its stream, has ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from remit.kernel.errors import LimitExceeded
from remit.kernel.ids import AgentId, ToolServerId
from remit.outbound.message import Header
from remit.proxy.errors import TooManyCalls


@dataclass(frozen=True, slots=True)
class ProxyLimits:
    """Bytes, counts and seconds; `reply_bytes` is for a reply in one piece."""

    body_bytes: int = 1 << 20
    header_bytes: int = 32 << 10
    header_count: int = 100
    json_depth: int = 64
    json_members: int = 20_000
    calls_per_agent: int = 64
    calls_per_tool_server: int = 256
    reply_bytes: int = 8 << 20
    reply_members: int = 100_000
    event_bytes: int = 1 << 20
    stream_bytes: int = 64 << 20
    stream_seconds: float = 3600.0
    stream_idle_seconds: float = 300.0


def check_headers(headers: tuple[Header, ...], limits: ProxyLimits) -> None:
    """Raises LimitExceeded for more headers, or more bytes of them, than are allowed."""
    if len(headers) > limits.header_count:
        raise LimitExceeded(f"{len(headers)} headers")
    if sum([len(name) + len(value) for name, value in headers]) > limits.header_bytes:
        raise LimitExceeded("headers beyond the limit")


class Slot:
    """The right to have one call under way. Giving it back twice is the same as once."""

    __slots__ = ("_leave",)

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave: Callable[[], None] | None = leave

    def leave(self) -> None:
        """Give the slot back."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    def keep(self) -> Callable[[], None]:
        """Go on holding the slot after its block; what comes back gives it back."""
        leave = Slot(self._leave or _nothing)
        self._leave = None
        return leave.leave

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


class Concurrency:
    """Who has how many calls under way. Holds entries only for those that have some."""

    def __init__(self, limits: ProxyLimits) -> None:
        self._limits = limits
        self._by_agent: dict[str, int] = {}
        self._by_tool_server: dict[str, int] = {}

    def enter(self, agent: AgentId, tool_server: ToolServerId) -> Slot:
        """A slot for one call, or TooManyCalls."""
        if self._by_agent.get(agent, 0) >= self._limits.calls_per_agent:
            raise TooManyCalls(f"{agent} has {self._limits.calls_per_agent} calls under way")
        if self._by_tool_server.get(tool_server, 0) >= self._limits.calls_per_tool_server:
            raise TooManyCalls(f"{tool_server} has all its calls under way")
        _count(self._by_agent, agent, 1)
        _count(self._by_tool_server, tool_server, 1)

        def leave() -> None:
            _count(self._by_agent, agent, -1)
            _count(self._by_tool_server, tool_server, -1)

        return Slot(leave)

    @property
    def under_way(self) -> int:
        """Calls under way, of all agents."""
        return sum(self._by_agent.values())


def _nothing() -> None:
    """Give back what was given back before."""


def _count(counts: dict[str, int], key: str, step: int) -> None:
    now = counts.get(key, 0) + step
    if now > 0:
        counts[key] = now
    else:
        counts.pop(key, None)
