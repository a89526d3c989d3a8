"""What identity proves: the values that later steps demand."""

from dataclasses import dataclass
from datetime import datetime

from remit.audit.journal import ClaimOnce
from remit.identity.principals import Agent
from remit.identity.trust import IdentityBinding, TrustIssuer
from remit.kernel.ids import BindingId


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The key that the presenter proved to hold (RFC 7800): made by a proof verifier alone.

    `claim` is the single use of the proof, to be claimed in the transaction that acts on it (None
    where the verifier's own replay window has claimed it already, as at the proxy).
    """

    jkt: str
    claim: ClaimOnce | None


@dataclass(frozen=True, slots=True)
class Unbound:
    """No proof was presented: what follows is a bearer's, and only a policy may allow that."""


@dataclass(frozen=True, slots=True)
class AuthenticatedAgent:
    """An agent whose platform's assertion was verified, and the binding that it matched.

    `claim` is the assertion's single use, where its issuer's policy asks for one.
    """

    agent: Agent
    binding: IdentityBinding
    issuer: TrustIssuer
    assertion_expires_at: datetime
    claim: ClaimOnce | None

    @property
    def client(self) -> BindingId:
        """What `client_id` says in tokens."""
        return self.binding.id
