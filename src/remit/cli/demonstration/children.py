"""Child processes of the demonstration: each ended by its own id, whatever happens."""

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import sleep
from types import FrameType, TracebackType
from typing import NoReturn, Self

from remit.kernel.clock import SystemClock

_STARTS_IN = 90.0
_ENDS_IN = 10.0
_POLL = 0.02


class ChildFailed(Exception):
    """A part of the demonstration did not start, or ended when it should not."""


class Children:
    """Starts programs, each with a log file of its own in `logs`.

    At the end of the block all of them have ended, after a SIGTERM to this process too.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._heard = signal.getsignal(signal.SIGTERM)

    def __enter__(self) -> Self:
        self._heard = signal.signal(signal.SIGTERM, _leave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self._running.values()):
            end(process)
        signal.signal(signal.SIGTERM, self._heard)

    def start(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        directory: Path | None = None,
    ) -> None:
        """Start a server in a process group of its own: it ends with all that it started."""
        try:
            with (self._logs / f"{name}.log").open("wb") as log:
                process = subprocess.Popen(
                    arguments,
                    env={**os.environ, **environment},
                    cwd=directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as problem:
            raise ChildFailed(f"{name} cannot be started: {problem}") from None
        self._running[name] = process

    def wait_until_ready(self, url: str) -> None:
        """Wait until something answers at a URL, with any status below 500."""
        clock = SystemClock()
        give_up_at = clock.monotonic() + _STARTS_IN
        while clock.monotonic() < give_up_at:
            self._check_running()
            if _answers(url):
                return
            sleep(_POLL)
        raise ChildFailed(f"nothing is ready at {url}; see the logs in {self._logs}")

    def _check_running(self) -> None:
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                log = self._logs / f"{name}.log"
                last = log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
                raise ChildFailed(f"{name} ended with {code}: {last}; see {log}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, politely first."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, how)
        try:
            process.wait(_ENDS_IN)
        except subprocess.TimeoutExpired:
            continue


def _leave(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310  # Always http, on the loopback.
            return True
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
