"""What the proxy asks of others, where the concrete part is not its own."""

from collections.abc import Sequence
from typing import Protocol

from remit.identity.principals import Agent
from remit.identity.tools import Tool, ToolServer
from remit.policy.permits import CallPermit, ReleasePermit
from remit.policy.request import CallRequest, Facts
from remit.remits.remit import Remit
from remit.signals.clearance import Clearance
from remit.vault.credential import Credential


class Credentials(Protocol):
    """The vault, as far as calls need it."""

    def obtain(self, permit: CallPermit) -> Credential:
        """The credential for one permitted call. Raises Unavailable where there is none."""
        ...

    def obtain_for_observation(self, permit: ReleasePermit) -> Credential:
        """The credential with which Remit itself reads a tool server's definitions."""
        ...


class CallPolicy(Protocol):
    """What policy says of calls, and so of what is listed, by the engine in force at that moment."""

    def authorize(self, request: CallRequest, clearance: Clearance) -> CallPermit:
        """The permit for one call. Raises Denied."""
        ...

    def list_tools(
        self,
        agent: Agent,
        remit: Remit,
        tool_server: ToolServer,
        facts: Facts,
        clearance: Clearance,
    ) -> Sequence[Tool]:
        """The tools of a server that some call of this agent could be permitted on."""
        ...
