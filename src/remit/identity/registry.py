"""The registry: every verb that changes who and what is known, each one audited transaction.

A verb takes the tenant and the human it is done by, and commits the new value together with exactly
one record; memory follows without an await in between. What it ends is dead when it returns.
"""

from remit.audit.journal import ControlState, Journal
from remit.identity.desk import Desk
from remit.identity.directory import Directory
from remit.identity.registrars.agents import AgentRegistrar
from remit.identity.registrars.bindings import BindingRegistrar
from remit.identity.registrars.humans import HumanRegistrar
from remit.identity.registrars.issuers import IssuerRegistrar
from remit.identity.registrars.tool_servers import ToolServerRegistrar
from remit.kernel.entropy import Entropy
from remit.signals.stops import Stops


class Registry:
    """The verbs, by kind of what they change."""

    def __init__(
        self, journal: Journal, stops: Stops, directory: Directory, entropy: Entropy
    ) -> None:
        desk = Desk(journal, stops, directory, entropy)
        self.humans = HumanRegistrar(desk)
        self.agents = AgentRegistrar(desk)
        self.tool_servers = ToolServerRegistrar(desk)
        self.issuers = IssuerRegistrar(desk)
        self.bindings = BindingRegistrar(desk)

    def load(self, state: ControlState) -> None:
        """Fill the directory with what the journal has committed."""
        self.humans.load(state)
        self.agents.load(state)
        self.tool_servers.load(state)
        self.issuers.load(state)
        self.bindings.load(state)
