"""The demonstration's agent, as a process: told what to do, heard of what happened."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from remit.cli.demonstration.children import ChildFailed

_ANSWERS_IN = 60.0


class AgentProcess:
    """examples/demo/agent.py over its JSON lines; what it says besides goes to `log`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env={**os.environ, **self._environment},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        process = self._running
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _ANSWERS_IN)
        except TimeoutError:
            process.kill()
            await process.wait()

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise ChildFailed("the agent has not been started")
        return self._process

    async def hear(self, event: str) -> Mapping[str, Any]:
        """The next event of a kind; others before it are passed over. Raises ChildFailed."""
        while True:
            try:
                heard = await asyncio.wait_for(self._read(), _ANSWERS_IN)
            except TimeoutError:
                raise ChildFailed(f"no {event} from the agent; see {self._log}") from None
            if heard["event"] == event:
                return heard

    def ask(self, tool: str, **arguments: Any) -> None:
        """Have it call a tool, without waiting."""
        stdin = self._running.stdin
        if stdin is None:
            raise ChildFailed("the agent has no standard input")
        stdin.write(json.dumps({"tool": tool, "arguments": arguments}).encode() + b"\n")

    async def call(self, tool: str, **arguments: Any) -> Mapping[str, Any]:
        """Have it call a tool; what came of it."""
        self.ask(tool, **arguments)
        return await self.hear("result")

    async def _read(self) -> Mapping[str, Any]:
        stdout = self._running.stdout
        line = b"" if stdout is None else await stdout.readline()
        if not line:
            raise ChildFailed(f"the agent has ended; see {self._log}")
        heard: Mapping[str, Any] = json.loads(line)
        return heard
