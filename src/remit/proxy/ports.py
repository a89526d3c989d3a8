"""What the proxy asks of others, where the concrete part is not its own."""

from typing import Protocol

from remit.policy.engine import PolicyEngine
from remit.policy.permits import CallPermit, ReleasePermit
from remit.vault.credential import Credential


class Credentials(Protocol):
    """The vault, as far as calls need it."""

    def obtain(self, permit: CallPermit) -> Credential:
        """The credential for one permitted call. Raises Unavailable where there is none."""
        ...

    def obtain_for_observation(self, permit: ReleasePermit) -> Credential:
        """The credential with which Remit itself reads a tool server's definitions."""
        ...


class Policies(Protocol):
    """The policies of the tenant; which engine is in force is asked at each decision."""

    @property
    def engine(self) -> PolicyEngine:
        """The engine in force now."""
        ...
