"""Listeners: where requests come in, and how they stop doing so without losing any."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import TypeAlias

from uvicorn.config import Config
from uvicorn.server import ServerState

from remit.kernel.errors import Unavailable
from remit.web.asgi import ASGIApp
from remit.web.http import Count, uncounted
from remit.web.protocol import Bounds, bounded_by

_KEEP_ALIVE_SECONDS = 75

Address: TypeAlias = tuple[str, int] | Path


class CannotListen(Unavailable):
    """The address is taken, or not ours to listen on."""


class Listener:
    """One address, one application."""

    def __init__(
        self,
        address: Address,
        app: ASGIApp,
        bounds: Bounds,
        tls: ssl.SSLContext | None = None,
        socket_mode: int = 0o600,
        refused: Count = uncounted,
    ) -> None:
        self._address = address
        self._socket_mode = socket_mode
        self._tls = tls
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        # No proxy headers: who calls is who connects (DESIGN.md section 2); no server banner.
        self._protocol_class = bounded_by(bounds, refused)
        # A handshake is the slowest beginning of a request, and bounded like one.
        self._handshake_seconds = None if tls is None else bounds.request_seconds
        self._config = Config(
            app=app,
            http=self._protocol_class,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._config.load()

    @property
    def port(self) -> int:
        """The TCP port in use (of interest where port 0 was asked for)."""
        if self._server is None or not self._server.sockets:
            raise CannotListen("not listening")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to accept connections; raises CannotListen with the reason."""
        loop = asyncio.get_running_loop()
        try:
            if isinstance(self._address, Path):
                end = _bind_unix(self._address, self._socket_mode)
                self._server = await loop.create_unix_server(self._protocol, sock=end)
            else:
                host, port = self._address
                self._server = await loop.create_server(
                    self._protocol,
                    host,
                    port,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._handshake_seconds,
                    backlog=1024,
                )
        except OSError as problem:
            raise CannotListen(f"{self._address}: {problem.strerror or problem}") from None

    def refuse_new(self) -> None:
        """Accept no more connections, and close each as soon as its answer is out."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()

    async def close(self, within_seconds: float) -> None:
        """Let requests under way finish, for so long; then cancel what is left."""
        self.refuse_new()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_seconds
        while self._state.tasks and loop.time() < deadline:
            await asyncio.wait(list(self._state.tasks), timeout=deadline - loop.time())
        for task in list(self._state.tasks):
            task.cancel()
        if self._state.tasks:
            await asyncio.wait(list(self._state.tasks), timeout=1.0)
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # Aborted transports close in the loop's next turn.
        if isinstance(self._address, Path):
            self._address.unlink(missing_ok=True)

    def _protocol(self) -> asyncio.Protocol:
        return self._protocol_class(self._config, self._state, {})


def _bind_unix(path: Path, mode: int) -> socket.socket:
    """A socket of this mode; a stale one is replaced."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_socket():
        path.unlink()
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        end.bind(str(path))
        # Who may connect is decided by uid, from the kernel; the file's mode is a second fence.
        path.chmod(mode)
    except OSError:
        end.close()
        raise
    return end
