"""The machine under the measurement: which core does what, and what a process has used of it."""

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
# The server has a core of its own; load and upstream share the next one, where there is one.
SERVER_CORE = _CORES[0]
LOAD_CORE = _CORES[min(1, len(_CORES) - 1)]


def pin(core: int) -> None:
    """Keep this process, and all that it starts, on one core."""
    os.sched_setaffinity(0, {core})


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What is started within inherits the core, with all its threads."""
    before = os.sched_getaffinity(0)
    pin(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, its threads included."""
    return _ticks(Path(f"/proc/{pid}/stat")) / _TICKS


def cpu_seconds_by_thread(pid: int) -> Mapping[str, float]:
    """The same, split by the names of threads."""
    split: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        name = "main" if task.name == str(pid) else name
        split[name] = split.get(name, 0.0) + _ticks(task / "stat") / _TICKS
    return split


def _ticks(stat: Path) -> int:
    # The name in parentheses may hold anything; fields 14 and 15 are utime and stime.
    fields = stat.read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def describe_machine() -> str:
    """One line about what this was measured on."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    version = platform.python_version()
    return f"{model}, {len(_CORES)} cores, Python {version}"
