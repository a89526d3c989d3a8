"""What a running server consists of."""

from dataclasses import dataclass

from remit.app.control import Control
from remit.app.proxy import Proxy
from remit.jose.ed25519 import Ed25519SigningKey
from remit.outbound.door import Door
from remit.policy.book import PolicyBook
from remit.settings import Settings
from remit.storage.sqlite.journal import SQLiteJournal
from remit.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Running:
    """The parts that administration and shutdown reach for."""

    settings: Settings
    journal: SQLiteJournal
    control: Control
    policies: PolicyBook
    proxy: Proxy
    door: Door
    metrics: Metrics
    checkpoint_key: Ed25519SigningKey
