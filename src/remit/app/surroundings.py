"""What every part of a server stands in: its settings, time and chance, the ways in and out."""

from dataclasses import dataclass
from datetime import datetime

from remit.audit.journal import Journal
from remit.audit.refusals import RefusalCounter
from remit.identity.proof.nonces import Nonces
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.outbound.door import Door
from remit.settings import Settings
from remit.telemetry.logs import Log
from remit.telemetry.metrics import Metrics
from remit.tokens.keys import TokenKeys


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Shared by both stories: one journal, one door, one set of nonces and token keys a process.

    `restored_at` is when the state was restored from a backup; None where it never was.
    """

    settings: Settings
    journal: Journal
    token_keys: TokenKeys
    door: Door
    nonces: Nonces
    counter: RefusalCounter
    clock: Clock
    entropy: Entropy
    log: Log
    metrics: Metrics
    restored_at: datetime | None
