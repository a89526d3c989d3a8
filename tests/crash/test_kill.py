"""kill -9 under load, at random moments: nothing that was acknowledged is lost, nothing half done
is kept, and what was stopped stays stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from remit.audit.entries import Entry
from remit.kernel.ids import ROOT_TENANT, EventId
from remit.storage.sqlite.journal import open_journal
from remit.storage.sqlite.reader import AuditReader
from tests.storage.scene import CLOCK, ENTROPY, verify

ROUNDS = int(os.environ.get("REMIT_CRASH_ROUNDS", "10"))
ROOT = Path(__file__).parents[2]
COMMITTER = [sys.executable, "-m", "tests.crash.committer"]
LONGEST_LIFE = 0.3


def run_and_kill(directory: Path, life: float) -> list[tuple[EventId, int, str]]:
    """What a committer acknowledged before it was killed, so many seconds after its first word."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    with subprocess.Popen(
        [*COMMITTER, str(directory)], stdout=subprocess.PIPE, env=environment, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(life)
        process.send_signal(signal.SIGKILL)
        lines = (first + process.stdout.read()).decode().splitlines()
    assert process.returncode == -signal.SIGKILL
    words = [line.split() for line in lines]
    return [(EventId(event), int(index), kind) for event, index, kind in words]


def test_nothing_acknowledged_is_lost_and_nothing_stopped_comes_back(tmp_path: Path) -> None:
    random = Random(9)
    stops, acknowledged = 0, dict[EventId, int]()
    for _ in range(ROUNDS):
        for event, index, kind in run_and_kill(tmp_path, random.uniform(0, LONGEST_LIFE)):
            acknowledged[event] = index
            stops += kind == "stop"
        # Whole, with the checkpoint that was exported last; each unit's record and changes agree.
        verified = verify(tmp_path, (tmp_path / "checkpoint").read_bytes())
        assert verified.logs[0].head.size > max(acknowledged.values())
        journal = open_journal(tmp_path, CLOCK, ENTROPY)
        raised = journal.load_watermarks()[ROOT_TENANT, "agt_a"]
        journal.close()
        assert raised >= stops
    reader = AuditReader(tmp_path)
    for event, index in random.sample(sorted(acknowledged.items()), min(300, len(acknowledged))):
        assert reader.load_entry(event).index == index
    kept = {entry.event for entry in everything(reader)}
    assert acknowledged.keys() <= kept
    assert len(acknowledged) > ROUNDS


def everything(reader: AuditReader) -> list[Entry]:
    newest, entries = reader.tail(10_000), list[Entry]()
    while newest:
        entries += newest
        newest = reader.tail(10_000, before=newest[-1])
    return entries
