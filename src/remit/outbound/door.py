"""The door: every HTTP request that Remit starts goes through here.

It sends exactly the bytes it was given, once, to an address that it checked, over a connection that
serves no other principal. It follows no redirect, obeys no proxy variable, asks for no compression
and keeps no cookie. A request of which a byte was written is never written again (law 14).
"""

import asyncio
import ssl
from collections.abc import Callable

from remit.outbound.addresses import Address, Resolve, SystemResolver, verify_addresses
from remit.outbound.connection import Connection
from remit.outbound.destination import Destination
from remit.outbound.errors import DoorBusy, UpstreamTimeout, UpstreamUnreachable
from remit.outbound.message import Limits, OutboundRequest
from remit.outbound.pool import Capacity, Key, Pool
from remit.outbound.response import OutboundResponse
from remit.outbound.tls import TLSContexts


class Door:
    """Sends requests for one event loop. `close` ends every connection, in use or not."""

    def __init__(self, *, capacity: Capacity | None = None, resolve: Resolve | None = None) -> None:
        self._capacity = capacity or Capacity()
        self._pool = Pool(self._capacity)
        self._system_resolver = SystemResolver() if resolve is None else None
        self._resolve: Resolve = resolve or self._system_resolver or SystemResolver()
        self._tls = TLSContexts()
        self._reaper: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def send(
        self,
        destination: Destination,
        request: OutboundRequest,
        limits: Limits,
        *,
        partition: str,
    ) -> OutboundResponse:
        """Send `request` and return when the head of its answer has come.

        `partition` names who the connection may serve: a free one is used only by the same
        partition. Cancelling this call, or a read of the response, closes the connection at once.
        Raises UpstreamFailure (its `may_have_effect` says whether anything was written), DoorBusy.
        """
        key = (destination, partition)
        connection = self._pool.take(key)
        if connection is None:
            connection = await self._open(key, limits.connect_in)
        exchange = connection.start(request, limits)
        try:
            await exchange.head
        except asyncio.CancelledError:
            exchange.cancel()
            raise
        return OutboundResponse(exchange)

    async def close(self) -> None:
        """Close every connection and take no more requests."""
        self._is_closed = True
        self._pool.close()
        if self._reaper is not None:
            self._reaper.cancel()
            self._reaper = None
        if self._system_resolver is not None:
            self._system_resolver.close()
        await asyncio.sleep(0)  # the transports tell of their end in the next turn of the loop

    @property
    def open_connections(self) -> int:
        """Connections open or being opened."""
        return self._pool.open_in_all

    async def _open(self, key: Key, within: float) -> Connection:
        try:
            async with asyncio.timeout(within):
                return await self._reserve_and_connect(key)
        except TimeoutError:
            raise UpstreamTimeout(f"{key[0].origin}: no connection in time") from None

    async def _reserve_and_connect(self, key: Key) -> Connection:
        while True:
            self._check_open()
            if self._pool.reserve(key[0]):
                break
            await self._pool.wait()
            free = self._pool.take(key)
            if free is not None:
                return free
        try:
            connection = await self._connect(key)
        except BaseException:
            self._pool.cancel(key[0])
            raise
        self._pool.opened(connection)
        if self._is_closed or not connection.is_usable():
            connection.abort()
            self._pool.closed(key, connection)  # it may have ended before the pool knew of it
            self._check_open()
            raise UpstreamUnreachable(f"{key[0].origin}: closed at once")
        return connection

    def _check_open(self) -> None:
        if self._is_closed:
            raise DoorBusy("the door is closed")

    async def _connect(self, key: Key) -> Connection:
        destination = key[0]
        context = self._tls.load(destination.tls) if destination.scheme == "https" else None
        if destination.literal is not None:
            addresses: tuple[Address, ...] = (destination.literal,)
        else:
            addresses = tuple(await self._resolve(destination.host, destination.port))
        addresses = verify_addresses(addresses, destination.reach)
        failure = "no address"
        for address in addresses:
            try:
                return await self._connect_to(address, key, context)
            except ssl.SSLCertVerificationError as refused:
                # Another address of the same name must present the same right to it.
                raise UpstreamUnreachable(
                    f"{destination.origin}: certificate refused: {refused.verify_message}"
                ) from None
            except OSError as refused:
                failure = type(refused).__name__
        raise UpstreamUnreachable(f"{destination.origin}: {failure}")

    async def _connect_to(
        self, address: Address, key: Key, context: ssl.SSLContext | None
    ) -> Connection:
        destination = key[0]
        loop = asyncio.get_running_loop()

        def make() -> Connection:
            return Connection(
                destination.authority,
                destination.origin,
                self._idle_in(key),
                lambda connection: self._pool.closed(key, connection),
                loop,
            )

        # The literal address: the loop has no name left that it could resolve a second time.
        _, connection = await loop.create_connection(
            make,
            str(address),
            destination.port,
            ssl=context,
            server_hostname=destination.host if context is not None else None,
        )
        return connection

    def _idle_in(self, key: Key) -> Callable[[Connection], None]:
        def on_idle(connection: Connection) -> None:
            if self._is_closed:
                connection.abort()
                return
            self._pool.give(key, connection)
            if self._reaper is None:
                self._schedule_reaper()

        return on_idle

    def _schedule_reaper(self) -> None:
        loop = asyncio.get_running_loop()
        self._reaper = loop.call_later(self._capacity.idle_in / 2, self._reap)

    def _reap(self) -> None:
        self._reaper = None
        self._pool.reap(asyncio.get_running_loop().time())
        if not self._pool.is_idle:
            self._schedule_reaper()
