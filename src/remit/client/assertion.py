"""Where the agent's workload identity comes from: what its platform says, read anew each time.

Platforms rotate what they put into files, and hand out single-use tokens on request; nothing of it
is kept here longer than one token request.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from remit.kernel.errors import Unavailable
from remit.kernel.secret import Secret

MAX_BYTES = 16 << 10
_COMMAND_SECONDS = 20.0
_LET_GO_SECONDS = 1.0


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
        name = self._arguments[0]
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                # What it says of its own failure is the operator's to read; ours is never stdout.
                stderr=None,
                limit=MAX_BYTES + 1,
            )
        except OSError as problem:
            raise NoAssertion(f"{name}: {problem.strerror}") from None
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                printed = await _read_bounded(process, name)
                code = await process.wait()
        except TimeoutError:
            raise NoAssertion(f"{name} took more than {_COMMAND_SECONDS:g} s") from None
        finally:
            await _end(process)
        if code != 0:
            raise NoAssertion(f"{name} ended with {code}")
        return _clean(printed, name)


async def _read_bounded(process: asyncio.subprocess.Process, name: str) -> bytes:
    """All that it prints, as long as that could be an assertion."""
    if process.stdout is None:
        raise NoAssertion(f"{name} prints nowhere")
    pieces: list[bytes] = []
    size = 0
    while piece := await process.stdout.read(MAX_BYTES + 1):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise NoAssertion(f"{name} does not hold one assertion")
    return b"".join(pieces)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Leave nothing running, whether it was waited for or whoever waited has gone."""
    if process.returncode is None:
        process.kill()
    await process.wait()
    if process.stdout is None:
        return
    with suppress(TimeoutError):
        # What it printed beyond is let go; children of its own that hold the pipe are not awaited.
        async with asyncio.timeout(_LET_GO_SECONDS):
            while await process.stdout.read(MAX_BYTES):
                pass


def _clean(content: bytes, source: str) -> Secret[str]:
    text = content.strip()
    if not text or len(content) > MAX_BYTES or not text.isascii() or len(text.split()) != 1:
        raise NoAssertion(f"{source} does not hold one assertion")
    return Secret(text.decode())
