"""Long-running commands as an operator starts them, and what they leave behind."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.structure.source import ROOT

PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class Program:
    """A command under way; what it said, and how it ended."""

    process: subprocess.Popen[bytes]
    said: str = ""

    def hear(self, words: str) -> str:
        """All it has said, once these words are among it."""
        output = self.process.stdout
        assert output is not None
        give_up_at = monotonic() + PATIENCE_SECONDS
        while words not in self.said:
            assert monotonic() < give_up_at, self.said
            if select.select([output], [], [], 0.5)[0]:
                piece = os.read(output.fileno(), 1 << 16)
                assert piece, self.said
                self.said += piece.decode()
        return self.said

    def end(self, how: signal.Signals) -> int:
        """Its exit code after a signal."""
        self.process.send_signal(how)
        return self.finish()

    def finish(self) -> int:
        """Its exit code, once it has ended by itself."""
        rest, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        self.said += rest.decode()
        return self.process.returncode


@contextmanager
def started(*command: str, work: Path, directory: Path = ROOT) -> Iterator[Program]:
    """A command of `remit` in a checkout; its temporary files are in `work`."""
    process = subprocess.Popen(
        (sys.executable, "-c", "from remit.cli.entry import main; main()", *command),
        cwd=directory,
        env={**os.environ, "TMPDIR": str(work)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    program = Program(process)
    try:
        yield program
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate()


def left_running(work: Path) -> list[str]:
    """The command lines of all processes that were started for `work`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            where = (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(work).encode() in where:
            found.append(b" ".join(words).decode())
    return found
