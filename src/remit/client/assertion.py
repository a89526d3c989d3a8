"""Where the agent's workload identity comes from: what its platform says, read anew each time.

Platforms rotate what they put into files, and hand out single-use tokens on request; nothing of it
is kept here longer than one token request.
"""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from remit.kernel.errors import Unavailable
from remit.kernel.secret import Secret

MAX_BYTES = 16 << 10
_COMMAND_SECONDS = 20.0


class NoAssertion(Unavailable):
    """The platform did not hand out an identity."""


class AssertionSource(Protocol):
    """One way to the platform's assertion."""

    async def read(self) -> Secret[str]:
        """A fresh assertion in compact form; raises NoAssertion."""
        ...


class FileAssertion:
    """A file that the platform keeps fresh (a projected service account token, say)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def read(self) -> Secret[str]:
        try:
            with self._path.open("rb") as file:
                return _clean(file.read(MAX_BYTES + 1), str(self._path))
        except OSError as problem:
            raise NoAssertion(f"{self._path}: {problem.strerror}") from None


class CommandAssertion:
    """A command that prints an assertion: for platforms that hand out single-use ones."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = tuple(arguments)

    async def read(self) -> Secret[str]:
        name, loop = self._arguments[0], asyncio.get_running_loop()
        try:
            transport, printing = await loop.subprocess_exec(
                _Printing,
                *self._arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                # What it says of its own failure is the operator's to read; ours is never stdout.
                stderr=None,
            )
        except OSError as problem:
            raise NoAssertion(f"{name}: {problem.strerror}") from None
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                await printing.ended.wait()
            code = transport.get_returncode()
        except TimeoutError:
            raise NoAssertion(f"{name} took more than {_COMMAND_SECONDS:g} s") from None
        finally:
            # Ends it, if it runs still: nothing is left of it, even if whoever waited has gone.
            transport.close()
            await printing.gone.wait()
        if printing.is_whole and code != 0:
            raise NoAssertion(f"{name} ended with {code}")
        return _clean(bytes(printing.printed), name)


class _Printing(asyncio.SubprocessProtocol):
    """What a command prints, as far as that could be an assertion."""

    def __init__(self) -> None:
        self.printed = bytearray()
        self.is_whole = False
        self.ended, self.gone = asyncio.Event(), asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if len(self.printed) <= MAX_BYTES:
            self.printed += data
        if len(self.printed) > MAX_BYTES:
            self.ended.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_whole = not self.ended.is_set()
        self.ended.set()
        self.gone.set()


def _clean(content: bytes, source: str) -> Secret[str]:
    text = content.strip()
    if not text or len(content) > MAX_BYTES or not text.isascii() or len(text.split()) != 1:
        raise NoAssertion(f"{source} does not hold one assertion")
    return Secret(text.decode())
