"""What is under way: calls and open streams, so that a stop can cut them.

A call registers before its epochs are checked for the last time, and lets go when it has ended.
`cut` cancels whatever a target has under way and waits until it has let go, but not for ever.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from remit.kernel.errors import Unavailable
from remit.kernel.ids import TenantId
from remit.signals.targets import Target, TargetKind

# A cancelled task runs at the next turn of the event loop; what needs longer is not letting go.
LET_GO_WITHIN = 0.1
MOST_AT_ONCE = 10_000

_EVERYTHING = TargetKind.EVERYTHING.value


@dataclass(frozen=True, slots=True)
class Cut:
    """How much was cancelled, and how much of that had not let go in time."""

    cancelled: int
    lingering: int


class Registration:
    """One call or stream that is under way, until the `with` block that it governs ends."""

    __slots__ = ("awaited_by", "cancel", "in_flight", "keys", "was_cut")

    def __init__(
        self,
        in_flight: "InFlight",
        keys: Iterable[tuple[TenantId, str]],
        cancel: Callable[[], None],
    ) -> None:
        self.in_flight = in_flight
        self.keys = keys
        self.cancel = cancel
        self.awaited_by: list[_Release] | None = None
        # Whether a stop cut this, where a cancellation could also be the caller's own.
        self.was_cut = False

    def release(self) -> None:
        """Let go; once is enough, twice does no harm."""
        self.in_flight.forget(self)
        if self.awaited_by is not None:
            for release in self.awaited_by:
                release.see(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class _Release:
    """Waits until all of some registrations have let go."""

    def __init__(self, registrations: Iterable[Registration]) -> None:
        self.left = set(registrations)
        self._all = asyncio.Event()
        for registration in self.left:
            if registration.awaited_by is None:
                registration.awaited_by = []
            registration.awaited_by.append(self)

    def see(self, registration: Registration) -> None:
        self.left.discard(registration)
        if not self.left:
            self._all.set()

    async def wait(self, within: float) -> None:
        if not self.left:
            return
        try:
            async with asyncio.timeout(within):
                await self._all.wait()
        except TimeoutError:
            return


class InFlight:
    """The calls and streams of this process, by the targets on their paths."""

    def __init__(self, limit: int = MOST_AT_ONCE) -> None:
        self._limit = limit
        self._closed = False
        self._all: dict[Registration, None] = {}
        self._by_key: dict[tuple[TenantId, str], dict[Registration, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def register(self, targets: Iterable[Target], cancel: Callable[[], None]) -> Registration:
        """Count this as under way until it is released; `cancel` is called if a stop hits it.

        `everything` of each tenant is on every path. Raises Unavailable beyond the limit, and after
        `drain`. `cancel` returns at once, as `Task.cancel` does.
        """
        if self._closed or len(self._all) >= self._limit:
            raise Unavailable("shutting down" if self._closed else f"{self._limit} calls under way")
        keys: dict[tuple[TenantId, str], None] = {}
        for target in targets:
            keys[target.tenant, target.key] = None
            keys[target.tenant, _EVERYTHING] = None
        registration = Registration(self, keys, cancel)
        self._all[registration] = None
        for key in keys:
            try:
                self._by_key[key][registration] = None
            except KeyError:
                self._by_key[key] = {registration: None}
        return registration

    def forget(self, registration: Registration) -> None:
        """What `Registration.release` does here."""
        if self._all.pop(registration, self) is self:
            return
        for key in registration.keys:
            under_way = self._by_key[key]
            del under_way[registration]
            if not under_way:
                del self._by_key[key]

    async def cut(self, targets: Iterable[Target], within: float = LET_GO_WITHIN) -> Cut:
        """Cancel all that has one of these on its path, and wait until it has let go."""
        hit: dict[Registration, None] = {}
        for target in targets:
            hit.update(self._by_key.get((target.tenant, target.key), {}))
        return await _cut(hit, within)

    async def drain(self, grace: float) -> Cut:
        """For shutdown: take no more, wait `grace` seconds, then cut what is left."""
        self._closed = True
        await _Release(self._all).wait(grace)
        return await _cut(dict(self._all), LET_GO_WITHIN)


async def _cut(hit: Iterable[Registration], within: float) -> Cut:
    release = _Release(hit)
    cancelled = len(release.left)
    failures: list[Exception] = []
    for registration in hit:
        if registration.was_cut:
            continue
        registration.was_cut = True
        try:
            registration.cancel()
        # One that fails must not save the others; all of them are raised below.
        except Exception as failure:
            failures.append(failure)
    await release.wait(within)
    if failures:
        raise ExceptionGroup("calls that could not be cancelled", failures)
    return Cut(cancelled, len(release.left))
