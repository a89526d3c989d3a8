"""`remit serve` as a process of its own, without the price of importing it each time."""

import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path

from remit.cli.entry import main

PATIENCE_SECONDS = 30.0

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["remit.cli.entry", "remit.cli.serve"])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended, and what it said on standard error."""

    code: int
    said: str


def serve(home: Path, errors: Path) -> Ended:
    """Run it until it ends by itself, which it must; `errors` is the file for what it says."""
    child = _FORKS.Process(target=_run, args=(str(home), str(errors)))
    child.start()
    child.join(PATIENCE_SECONDS)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise TimeoutError(f"it serves: {errors.read_text('utf-8')}")
    return Ended(child.exitcode, errors.read_text("utf-8"))


def _run(home: str, errors: str) -> None:
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
    main(["serve", "-d", home])
