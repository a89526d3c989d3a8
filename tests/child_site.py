"""A whole Remit as a child process: `remit serve`, killed, stopped and started as operators do."""

import asyncio
import signal
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from remit.outbound.door import Door
from tests.site import Answer, Site

SERVE = [sys.executable, "-c", "from remit.cli.entry import main; main()", "serve", "-d"]
_POLL_SECONDS = 0.02
_PATIENCE_SECONDS = 30.0


class DidNotStart(RuntimeError):
    """The child ended instead of listening; says what it wrote."""


@dataclass(slots=True)
class ChildSite(Site):
    """A site whose server is a process of its own. `said` is what it wrote to standard error."""

    said: str = ""
    exit_code: int | None = None
    _child: asyncio.subprocess.Process | None = field(default=None)

    async def __aenter__(self) -> Self:
        try:
            # Named, because a slotted dataclass is made anew, and `super()` would not find it.
            await Site.__aenter__(self)
        except BaseException:
            if self._child is not None and self._child.returncode is None:
                await self.kill()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None and self._child.returncode is None:
            await self.kill() if kind else await self.stop()
        await Site.__aexit__(self, kind, error, trace)

    async def start(self) -> None:
        (self.home / "stderr").touch()
        with (self.home / "stderr").open("ab") as errors:
            self._child = await asyncio.create_subprocess_exec(
                *SERVE,
                str(self.home),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
            )
        async with asyncio.timeout(_PATIENCE_SECONDS):
            # The public address is the last that a server begins to listen on.
            while not await self.listens():
                if self._child.returncode is not None:
                    self._end()
                    raise DidNotStart(self.said)
                await asyncio.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """As an operator's SIGTERM does."""
        await self.end(signal.SIGTERM)

    async def kill(self) -> None:
        """No time for anything: SIGKILL."""
        await self.end(signal.SIGKILL)

    async def end(self, by: signal.Signals) -> None:
        assert self._child is not None
        if self._child.returncode is None:
            self._child.send_signal(by)
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._child.wait()
        self._end()
        # A connection that was kept is to a process that is gone.
        await self.door.close()
        self.door = Door()

    async def administer(self, action: str, **asked: Any) -> Answer:
        """One action; raises ConnectionError where the server dies before its answer."""
        try:
            return await Site.administer(self, action, **asked)
        except IndexError:
            raise ConnectionResetError("the server closed without an answer") from None

    async def listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def _end(self) -> None:
        assert self._child is not None
        self.exit_code = self._child.returncode
        self.said = (self.home / "stderr").read_text("utf-8")
