"""`remit serve` under a sampling profiler: `python -m bench.profiled OUT serve -d DIRECTORY`.

Every millisecond the stacks of its threads are looked at; what they add up to is written when the
server ends. Sampling costs a few per cent, evenly; tracing each call would not.
"""

import json
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from remit.cli.entry import main

_EVERY_SECONDS = 0.001
_DEEPEST = 80


class Sampler:
    """Adds up processor seconds by stack (outermost first, as `file:function:line`), per thread.

    A stack is given the time that its own thread has used since it was last looked at: the event
    loop waits for the journal's thread at whatever it does when it lets go of the interpreter.
    """

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, ...], float] = {}
        self._used: dict[int, float] = {}

    def start(self) -> None:
        signal.signal(signal.SIGALRM, self._sample)
        signal.setitimer(signal.ITIMER_REAL, _EVERY_SECONDS, _EVERY_SECONDS)

    def stop(self, out: Path) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        counted = [[list(stack), seconds] for stack, seconds in self._seconds.items()]
        out.write_text(json.dumps(counted))

    def _sample(self, number: int, frame: FrameType | None) -> None:
        # The one way to see another thread's stack; it is documented for just this use.
        frames = sys._current_frames()  # noqa: SLF001
        own = threading.get_ident()
        for thread in threading.enumerate():
            if thread.ident is None or thread.ident not in frames:
                continue
            used = time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
            seconds = used - self._used.get(thread.ident, 0.0)
            self._used[thread.ident] = used
            if seconds > 0.0:
                at = frame if thread.ident == own else frames[thread.ident]
                stack = (thread.name, *_read_stack(at))
                self._seconds[stack] = self._seconds.get(stack, 0.0) + seconds


def _read_stack(frame: FrameType | None) -> list[str]:
    stack: list[str] = []
    while frame is not None and len(stack) < _DEEPEST:
        code = frame.f_code
        stack.append(f"{code.co_filename}:{code.co_qualname}:{frame.f_lineno}")
        frame = frame.f_back
    return stack[::-1]


if __name__ == "__main__":
    sampler = Sampler()
    out = Path(sys.argv[1])
    sys.argv = ["remit", *sys.argv[2:]]
    sampler.start()
    try:
        main()
    finally:
        sampler.stop(out)
