"""The control state of one installation: loaded from the journal, and the verbs that change it."""

from dataclasses import dataclass, field
from pathlib import Path

from remit.audit.journal import Journal
from remit.identity.desk import Desk
from remit.identity.directory import Directory
from remit.identity.registrars.agents import AgentRegistrar
from remit.identity.registrars.bindings import BindingRegistrar
from remit.identity.registrars.humans import HumanRegistrar
from remit.identity.registrars.issuers import IssuerRegistrar
from remit.identity.registrars.tool_servers import ToolServerRegistrar
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.ids import ROOT_TENANT
from remit.remits.book import RemitBook
from remit.remits.remits import Remits
from remit.signals.events import Listener
from remit.signals.in_flight import InFlight
from remit.signals.stops import Stops
from remit.storage.sqlite.journal import SQLiteJournal
from remit.vault.custody import Custody, open_custody
from remit.vault.secrets import Secrets
from remit.vault.signing_keys import SigningKeyVault


@dataclass(frozen=True, slots=True)
class Control:
    """Everything that administrators change, and what decisions look up."""

    directory: Directory
    humans: HumanRegistrar
    agents: AgentRegistrar
    bindings: BindingRegistrar
    issuers: IssuerRegistrar
    tool_servers: ToolServerRegistrar
    book: RemitBook
    remits: Remits
    stops: Stops
    in_flight: InFlight
    secrets: Secrets
    signing_keys: SigningKeyVault
    custody: Custody = field(repr=False)


def load_control(
    home: Path,
    journal: SQLiteJournal,
    clock: Clock,
    entropy: Entropy,
    listeners: tuple[Listener, ...] = (),
) -> Control:
    """Read the whole control state into memory; what cannot be read refuses the start."""
    in_flight = InFlight()
    stops = Stops(journal, in_flight, clock, entropy, listeners)
    control = _make_control(home, journal, stops, in_flight, clock, entropy)
    stops.load(journal)
    for part in (
        control.humans,
        control.agents,
        control.issuers,
        control.bindings,
        control.tool_servers,
        control.remits,
        control.secrets,
    ):
        part.load(journal)
    return control


def make_humans(journal: Journal, clock: Clock, entropy: Entropy) -> HumanRegistrar:
    """The registrar of humans alone, for the first of them."""
    stops = Stops(journal, InFlight(), clock, entropy)
    return HumanRegistrar(Desk(journal, stops, Directory(), entropy))


def _make_control(
    home: Path,
    journal: SQLiteJournal,
    stops: Stops,
    in_flight: InFlight,
    clock: Clock,
    entropy: Entropy,
) -> Control:
    directory, book = Directory(), RemitBook()
    desk = Desk(journal, stops, directory, entropy)
    custody = open_custody(home, journal.installation.instance, journal)
    ring = custody.ring_of(ROOT_TENANT)
    return Control(
        directory=directory,
        humans=HumanRegistrar(desk),
        agents=AgentRegistrar(desk),
        bindings=BindingRegistrar(desk),
        issuers=IssuerRegistrar(desk),
        tool_servers=ToolServerRegistrar(desk),
        book=book,
        remits=Remits(journal, stops, directory, book, clock, entropy),
        stops=stops,
        in_flight=in_flight,
        secrets=Secrets(journal, ring, clock, entropy),
        signing_keys=SigningKeyVault(journal, ring, clock, entropy),
        custody=custody,
    )
