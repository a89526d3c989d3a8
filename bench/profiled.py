"""`remit serve` under a sampling profiler: `python -m bench.profiled OUT serve -d DIRECTORY`.

Every millisecond of processor time the stack of the event loop's thread is counted; the counts are
written when the server ends. Sampling costs a few per cent, evenly; tracing each call would not.
"""

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from remit.cli.entry import main

_EVERY_SECONDS = 0.001
_DEEPEST = 80


class Sampler:
    """Counts stacks, outermost first, as `file:function`."""

    def __init__(self) -> None:
        self._stacks: Counter[tuple[str, ...]] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_SECONDS, _EVERY_SECONDS)

    def stop(self, out: Path) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        counted = [[list(stack), count] for stack, count in self._stacks.items()]
        out.write_text(json.dumps(counted))

    def _sample(self, number: int, frame: FrameType | None) -> None:
        stack: list[str] = []
        while frame is not None and len(stack) < _DEEPEST:
            code = frame.f_code
            stack.append(f"{code.co_filename}:{code.co_qualname}:{frame.f_lineno}")
            frame = frame.f_back
        self._stacks[tuple(reversed(stack))] += 1


if __name__ == "__main__":
    sampler = Sampler()
    out = Path(sys.argv[1])
    sys.argv = ["remit", *sys.argv[2:]]
    sampler.start()
    try:
        main()
    finally:
        sampler.stop(out)
