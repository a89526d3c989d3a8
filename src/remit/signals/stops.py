"""Stops and watermarks in force: what may pass, and how authority ends at once.

`stop` commits, raises the target's watermark, cuts what is in flight, and only then returns: what
is decided after that is refused, and what was cleared before fails its next check. While a change
is being committed nobody passes; a change whose outcome is unknown leaves its targets held. Reads
never touch the database. Watermarks are never lowered.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from remit.audit.journal import (
    Change,
    ControlState,
    Journal,
    PutDocument,
    RaiseWatermark,
    Receipt,
    RequireWatermarks,
)
from remit.audit.records import Record
from remit.kernel.clock import Clock
from remit.kernel.completion import carry_through
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict, NotFound, RemitError, Unavailable
from remit.kernel.ids import HumanId, StopId, TenantId, draw_id
from remit.signals.board import Board
from remit.signals.clearance import Clearance, EpochPassed, Stopped
from remit.signals.events import (
    Listener,
    SignalEvent,
    StopEnded,
    TargetsHeld,
    TargetsSuperseded,
    TargetStopped,
)
from remit.signals.in_flight import InFlight
from remit.signals.reason import verify_reason
from remit.signals.records import StopLifted, StopPlaced
from remit.signals.stop import KIND, Lifting, Stop, decode_stop, encode_stop, verify_target
from remit.signals.targets import Target, TargetKind

_EVERYTHING = TargetKind.EVERYTHING.value


def watermarks_of(clearance: Clearance) -> RequireWatermarks:
    """The precondition that nothing on the clearance's path was stopped by the time of commit."""
    return RequireWatermarks(clearance.tenant, clearance.epochs)


def _is_refusal(failure: BaseException) -> bool:
    # Any other error of ours says that nothing was committed.
    return isinstance(failure, RemitError) and not isinstance(failure, Unavailable)


class Stops:
    """The stops and watermarks of all tenants, in memory."""

    def __init__(
        self,
        journal: Journal,
        in_flight: InFlight,
        clock: Clock,
        entropy: Entropy,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self._journal = journal
        self._in_flight = in_flight
        self._clock = clock
        self._entropy = entropy
        self._listeners = tuple(listeners)
        self._boards: dict[TenantId, Board] = {}
        self._stops: dict[StopId, Stop] = {}

    def load(self, state: ControlState) -> None:
        """Read what the journal has committed; refuses rows that it cannot read."""
        for (tenant, key), watermark in state.load_watermarks().items():
            self._board(tenant).watermarks[key] = watermark
        for document in state.load_documents(KIND):
            self._keep(decode_stop(document))

    # --- the check on every path ---------------------------------------------------------------

    def clear(self, tenant: TenantId, path: Sequence[Target]) -> Clearance:
        """The evidence that nothing on the path is stopped. `everything` is always on it.

        Raises Stopped.
        """
        keys = [_EVERYTHING]
        for target in path:
            if target.tenant != tenant:
                raise Stopped(f"{target.key} is not of tenant {tenant}")
            keys.append(target.key)
        board = self._boards.get(tenant)
        if board is None:
            return Clearance(tenant, dict.fromkeys(keys, 0))
        return Clearance(tenant, board.see(keys))

    def clear_under(
        self, tenant: TenantId, path: Sequence[Target], epochs: Mapping[str, int]
    ) -> Clearance:
        """As `clear`, for a token minted under these epochs; a target it does not name was 0.

        A token dies with each target that it was minted under, and with each on its path. One from
        an epoch that is still to come is no better: this state would be older than the token's.
        Raises Stopped, or EpochPassed.
        """
        clearance = self.clear(tenant, path)
        seen = clearance.epochs
        for key in seen:
            if epochs.get(key, 0) != seen[key]:
                raise EpochPassed(f"{key}: token of {epochs.get(key, 0)}, now {seen[key]}")
        for key in epochs.keys() - seen.keys():
            now = self._watermark(tenant, key)
            if epochs[key] != now:
                raise EpochPassed(f"{key}: token of {epochs[key]}, now {now}")
        return clearance

    def check_again(self, clearance: Clearance) -> Clearance:
        """The same clearance, if nothing on its path was stopped since; else Stopped."""
        seen = clearance.epochs
        board = self._boards.get(clearance.tenant)
        now = dict.fromkeys(seen, 0) if board is None else board.see(seen)
        if now != seen:
            moved = [key for key in seen if now[key] != seen[key]]
            raise EpochPassed(f"stopped since it was cleared: {', '.join(moved)}")
        return clearance

    # --- the verbs -----------------------------------------------------------------------------

    async def stop(self, target: Target, *, by: HumanId, reason: str) -> Stop:
        """Stop a target; stopping it twice places two stops, and each must be lifted.

        If the stop cannot be committed this raises, and the target is held stopped in this process.
        """
        stop = Stop(
            id=draw_id(StopId, self._entropy),
            target=verify_target(target),
            reason=verify_reason(reason),
            by=by,
            at=self._clock.now(),
            lifted=None,
            revision=1,
        )
        record = StopPlaced(
            tenant=target.tenant,
            stop=stop.id,
            kind=target.kind.value,
            target=target.key,
            reason=stop.reason,
            by=by,
        )
        await carry_through(self._stop(stop, record))
        return stop

    async def lift(self, tenant: TenantId, stop: StopId, *, by: HumanId, reason: str) -> Stop:
        """Lift one stop; others on the target stand, and the watermark stays where it is."""
        standing = self.load_stop(tenant, stop)
        if standing.lifted is not None:
            raise Conflict(f"stop {stop} is lifted already")
        lifting = Lifting(self._clock.now(), by, verify_reason(reason))
        lifted = replace(standing, lifted=lifting, revision=standing.revision + 1)
        record = StopLifted(
            tenant=tenant,
            stop=stop,
            kind=lifted.target.kind.value,
            target=lifted.target.key,
            reason=lifting.reason,
            by=by,
        )
        await carry_through(self._lift(lifted, record))
        return lifted

    async def supersede(
        self,
        targets: Sequence[Target],
        record: Record,
        changes: Sequence[Change],
        apply: Callable[[], None],
    ) -> Receipt:
        """Commit changes that end what these targets had, without placing a stop.

        In one transaction with the record and the changes, the watermarks are raised. `apply`
        replaces the caller's values in memory, in the same step as the watermarks here; then what
        is in flight is cut. A change that is refused (Conflict, say) leaves everything as it was.
        """
        return await carry_through(self._supersede(tuple(targets), record, changes, apply))

    # --- listings ------------------------------------------------------------------------------

    def load_stop(self, tenant: TenantId, stop: StopId) -> Stop:
        """The stop of an id; raises NotFound."""
        found = self._stops.get(stop)
        if found is None or found.target.tenant != tenant:
            raise NotFound(f"no stop {stop}")
        return found

    def of(self, tenant: TenantId) -> Iterator[Stop]:
        """All stops of a tenant, lifted ones too, in order of creation."""
        return (stop for stop in self._stops.values() if stop.target.tenant == tenant)

    def held(self, tenant: TenantId) -> Sequence[str]:
        """The keys of targets that are held because a change's outcome is not known."""
        board = self._boards.get(tenant)
        return () if board is None else tuple(sorted(board.held))

    # --- in one piece --------------------------------------------------------------------------

    async def _stop(self, stop: Stop, record: Record) -> None:
        target = stop.target
        put = PutDocument(target.tenant, KIND, stop.id, stop.id, encode_stop(stop), 0)
        await self._end((target,), record, (put,), lambda: self._keep(stop), insists=True)
        cut = await self._in_flight.cut((target,))
        self._tell(TargetStopped(stop, cut))

    async def _lift(self, stop: Stop, record: Record) -> None:
        put = PutDocument(
            stop.target.tenant, KIND, stop.id, stop.id, encode_stop(stop), stop.revision - 1
        )
        await self._journal.commit(record, (put,))
        self._keep(stop)
        self._tell(StopEnded(stop))

    async def _supersede(
        self,
        targets: tuple[Target, ...],
        record: Record,
        changes: Sequence[Change],
        apply: Callable[[], None],
    ) -> Receipt:
        receipt = await self._end(targets, record, changes, apply, insists=False)
        self._tell(TargetsSuperseded(targets, await self._in_flight.cut(targets)))
        return receipt

    async def _end(
        self,
        targets: tuple[Target, ...],
        record: Record,
        changes: Sequence[Change],
        apply: Callable[[], None],
        *,
        insists: bool,
    ) -> Receipt:
        raises = [RaiseWatermark(target.tenant, target.key) for target in targets]
        self._each(targets, Board.close)
        try:
            receipt = await self._journal.commit(record, (*changes, *raises))
        except BaseException as failure:
            if not insists and _is_refusal(failure):
                self._each(targets, Board.reopen)
                raise
            # It may be committed or not: nobody passes until such a change succeeds, or a restart.
            self._each(targets, Board.hold)
            self._tell(TargetsHeld(targets, await self._in_flight.cut(targets)))
            raise
        self._each(targets, Board.raise_watermark)
        apply()
        return receipt

    def _each(self, targets: Iterable[Target], step: Callable[[Board, str], None]) -> None:
        for target in targets:
            step(self._board(target.tenant), target.key)

    def _board(self, tenant: TenantId) -> Board:
        return self._boards.setdefault(tenant, Board())

    def _watermark(self, tenant: TenantId, key: str) -> int:
        board = self._boards.get(tenant)
        return 0 if board is None else board.watermarks.get(key, 0)

    def _keep(self, stop: Stop) -> None:
        self._stops[stop.id] = stop
        self._board(stop.target.tenant).keep(stop)

    def _tell(self, event: SignalEvent) -> None:
        for listener in self._listeners:
            listener(event)
