"""`remit serve`, put together: state, stories, listeners, and the work beside them."""

import asyncio
import gc
import signal
from collections.abc import Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from remit import __version__
from remit.app.administration import make_admin_routes
from remit.app.broker import make_broker
from remit.app.control import load_control
from remit.app.keys import open_checkpoint_key, open_token_keys
from remit.app.metering import MeteredJournal, MeteredSignals
from remit.app.parts import Running
from remit.app.policies import make_book
from remit.app.proxy import Proxy, make_proxy
from remit.app.surroundings import Surroundings
from remit.audit.refusals import RefusalCounter
from remit.identity.proof.nonces import Nonces
from remit.kernel.clock import Clock, from_millis
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Unavailable
from remit.kernel.ids import ROOT_TENANT
from remit.outbound.door import Door
from remit.settings import Settings, load_settings
from remit.storage.sqlite.checkpointer import Checkpointer
from remit.storage.sqlite.journal import SQLiteJournal, open_journal
from remit.storage.sqlite.writer import JournalState
from remit.telemetry.logs import Log
from remit.telemetry.metrics import Metrics
from remit.telemetry.names import LogEvent
from remit.web.asgi import PublicApp, RouteApp
from remit.web.errors import problem_for_administrators
from remit.web.http import RouteTable
from remit.web.listener import Listener
from remit.web.operations import OperationsRoutes
from remit.web.protocol import Bounds
from remit.web.tls import ReloadingTLS

_REFUSALS_SECONDS = 10.0
_PINS_SECONDS = 30.0
_HEADER_COUNT = 100
# Containers made and not yet freed before the youngest are looked at, and then older ones.
_COLLECT_AFTER = (20_000, 20, 20)


class Server:
    """One process on one state directory. `start`, then `close`; `wait_failed` in between."""

    def __init__(self, home: Path, clock: Clock, entropy: Entropy, log: Log) -> None:
        self._home = home
        self._clock = clock
        self._entropy = entropy
        self._log = log
        self._listeners: list[Listener] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._failed: asyncio.Future[None] | None = None
        self._parts: Running | None = None

    async def start(self) -> None:
        """Load everything, verify the exported checkpoint, listen. Raises RemitError."""
        self._failed = asyncio.get_running_loop().create_future()
        settings = load_settings(self._home)
        journal = open_journal(self._home, self._clock, self._entropy)
        try:
            await self._start(settings, journal)
        except BaseException:
            # What listens already would answer in the name of a server that never was.
            await self._end(0.0)
            await journal.aclose()
            raise

    async def _start(self, settings: Settings, journal: SQLiteJournal) -> None:
        metrics = Metrics(__version__)
        listeners = (MeteredSignals(metrics),)
        control = load_control(self._home, journal, self._clock, self._entropy, listeners)
        metered = MeteredJournal(journal, metrics, control.directory, self._clock)
        metrics.calls_in_flight.set_function(lambda: len(control.in_flight))
        book = make_book(control, journal, self._entropy)
        book.load(journal)
        token_keys = open_token_keys(control.signing_keys, journal)
        checkpoint_key = open_checkpoint_key(control.signing_keys, journal)
        export = self._home / settings.audit.checkpoint
        checkpointer = Checkpointer(journal, checkpoint_key, export)
        await checkpointer.verify_export()
        restored_at = journal.installation.restored_at
        around = Surroundings(
            settings=settings,
            journal=metered,
            token_keys=token_keys,
            door=Door(),
            nonces=Nonces.of_process(self._entropy, self._clock),
            counter=RefusalCounter(metered, self._clock),
            clock=self._clock,
            entropy=self._entropy,
            log=self._log,
            metrics=metrics,
            restored_at=None if restored_at is None else from_millis(restored_at),
        )
        broker = make_broker(control, book, around)
        proxy = make_proxy(control, book, around)
        self._parts = Running(
            settings, journal, control, book, proxy, around.door, metrics, checkpoint_key
        )
        admin = make_admin_routes(self._home, self._parts, around, self.describe)
        tables = RouteTable(broker.table()), RouteTable(admin)
        await self._listen(settings, *tables, proxy, around.counter)
        self._begin(checkpointer.run())
        self._begin(around.counter.run(_REFUSALS_SECONDS))
        self._begin(proxy.pins.watch(_PINS_SECONDS))
        self._log.notice(LogEvent.STARTED, version=__version__, log=journal.log)

    async def _listen(
        self,
        settings: Settings,
        broker: RouteTable,
        admin: RouteTable,
        proxy: Proxy,
        counter: RefusalCounter,
    ) -> None:
        limits, server = settings.limits, settings.server
        bounds = Bounds(
            limits.header_bytes, _HEADER_COUNT, limits.request_seconds, limits.connections
        )
        strangers, neighbours = partial(counter.count, "public"), partial(counter.count, "admin")
        routes = RouteApp(broker, self._log, refused=strangers)
        public = PublicApp(proxy.tool_proxy.call, routes, self._log)
        operations = RouteApp(
            RouteTable(OperationsRoutes(self._running.metrics, self.problems).table()), self._log
        )
        tls = self._make_tls(settings)
        context = None if tls is None else tls.context
        administrators = settings.administration.administrators
        own = {administrator.uid for administrator in administrators} <= {self._home.stat().st_uid}
        self._listeners = [
            Listener((server.operations.host, server.operations.port), operations, bounds),
            Listener(
                self._home / settings.administration.socket,
                RouteApp(admin, self._log, problem_for_administrators, neighbours),
                bounds,
                # Others than the owner are let in by uid, which the kernel vouches for.
                socket_mode=0o600 if own else 0o666,
                refused=neighbours,
            ),
            Listener(
                (server.listen.host, server.listen.port), public, bounds, context, refused=strangers
            ),
        ]
        for listener in self._listeners:
            await listener.start()
        self._log.notice(
            LogEvent.LISTENING, address=server.public_url, port=self._listeners[-1].port
        )
        if tls is not None:
            self._begin(tls.watch())

    def _make_tls(self, settings: Settings) -> ReloadingTLS | None:
        certificate, key = settings.server.tls_certificate, settings.server.tls_key
        if certificate is None or key is None:
            return None
        return ReloadingTLS(self._home / certificate, self._home / key, self._tls_reloaded)

    def _tls_reloaded(self, problem: str) -> None:
        if problem:
            self._log.error(LogEvent.CONFIGURATION_REFUSED, detail=problem)
        else:
            self._log.notice(LogEvent.CONFIGURATION_LOADED, kind="certificate")

    @property
    def _running(self) -> Running:
        if self._parts is None:
            raise Unavailable("the server has not been started")
        return self._parts

    def problems(self) -> tuple[str, ...]:
        """What keeps calls from being served; empty when ready."""
        state = self._running.journal.state
        return () if state is JournalState.OPEN else (f"the audit log is {state.value}",)

    def describe(self) -> Mapping[str, Any]:
        """What `remit status` shows."""
        parts = self._running
        return {
            "version": __version__,
            "public_url": parts.settings.server.public_url,
            "log": parts.journal.log,
            "incarnation": parts.journal.installation.incarnation,
            "ready": not self.problems(),
            "problems": list(self.problems()),
            "agents": sum(1 for _ in parts.control.directory.agents.of(ROOT_TENANT)),
            "remits": sum(1 for _ in parts.control.book.of(ROOT_TENANT)),
            "calls_in_flight": len(parts.control.in_flight),
            "policies": parts.policies.engine.bundle,
        }

    async def wait_failed(self) -> None:
        """Wait until work beside the stories fails, which ends the server; raises its error."""
        if self._failed is not None:
            await self._failed

    async def close(self) -> None:
        """Refuse new requests, let those under way finish, lose no record."""
        parts = self._running
        self._log.notice(LogEvent.STOPPING)
        within = parts.settings.server.shutdown_seconds
        await self._end(within)
        await parts.door.close()
        await parts.journal.aclose()
        self._log.notice(LogEvent.STOPPED)

    async def _end(self, within_seconds: float) -> None:
        await asyncio.gather(*(listener.close(within_seconds) for listener in self._listeners))
        # Each writes what it still holds before it ends; the last checkpoint covers all of it.
        for task in reversed(self._tasks):
            task.cancel()
            await asyncio.wait({task})

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self._failed is None or self._failed.done():
            return
        problem = task.exception()
        if problem is not None:
            self._failed.set_exception(problem)


def _settle_memory() -> None:
    """Spare the collector what was loaded: it stays, and each look at it would halt all calls.

    The calls themselves make next to no cycles, so that it need not look often either.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


async def run_server(home: Path, clock: Clock, entropy: Entropy, log: Log) -> None:
    """Serve until SIGTERM or SIGINT, or until something fails for good."""
    server = Server(home, clock, entropy, log)
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked.set)
    await server.start()
    _settle_memory()
    waiting = loop.create_task(asked.wait())
    failing = loop.create_task(server.wait_failed())
    try:
        await asyncio.wait((waiting, failing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        await server.close()
    if failing.done():
        failing.result()
    failing.cancel()
