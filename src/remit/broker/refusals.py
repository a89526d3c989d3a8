"""How refusals at the token endpoint are told: to the caller little, to the log everything.

Who proved to be an agent is refused by name, one record each up to a rate; nobody in particular is
counted, and so is what comes beyond the rate, so that nobody can fill the disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from remit.audit.journal import AlreadyClaimed, Journal, LimitReached
from remit.audit.refusals import Allowances, RefusalCounter
from remit.broker.records import TokenRefused
from remit.identity.evidence import AuthenticatedAgent
from remit.kernel.clock import Clock
from remit.kernel.errors import Conflict, RemitError, Unavailable
from remit.kernel.oauth import (
    InvalidDPoPProof,
    InvalidGrant,
    InvalidTarget,
    OAuthError,
    UseDPoPNonce,
)
from remit.policy.decision import Denied
from remit.signals.clearance import Stopped
from remit.telemetry.logs import Log
from remit.telemetry.names import LogEvent

ENDPOINT = "token"


class Refusals:
    """Turns every refusal into an OAuth error, and into the audit log."""

    def __init__(self, journal: Journal, counter: RefusalCounter, log: Log, clock: Clock) -> None:
        self._journal = journal
        self._counter = counter
        self._log = log
        self._allowances = Allowances(clock)

    @contextmanager
    def of_nobody(self) -> Iterator[None]:
        """Around the steps in which the caller is not yet anybody."""
        try:
            yield
        except UseDPoPNonce:
            raise  # An invitation, not a refusal: RFC 9449 section 8.
        except RemitError as refusal:
            error = as_oauth(refusal)
            self._counter.count(ENDPOINT, error.error)
            self._log.notice(LogEvent.TOKEN_REFUSED, error=error.error, detail=error.detail)
            raise error from refusal

    @contextmanager
    def of_agent(self, authenticated: AuthenticatedAgent, resource: str) -> Iterator[None]:
        """Around the steps in which the caller is a known agent."""
        try:
            yield
        except RemitError as refusal:
            error = as_oauth(refusal)
            if self._allowances.admit(authenticated.agent.id):
                record = _describe(error, authenticated, resource)
                error.event = self._journal.append(record).event
            else:
                # An assertion that is refused is not used up: it could be refused without end.
                self._counter.count(ENDPOINT, error.error)
            raise error from refusal


def _describe(error: RemitError, authenticated: AuthenticatedAgent, resource: str) -> TokenRefused:
    return TokenRefused(
        tenant=authenticated.agent.tenant,
        agent=authenticated.agent.id,
        client=authenticated.client,
        resource=resource[:512],
        error=error.error,
        reason=error.detail[:1024],
    )


def as_oauth(refusal: RemitError) -> RemitError:
    """The OAuth error that says no more than the standard asks; Unavailable stays what it is."""
    match refusal:
        case OAuthError() | Unavailable():
            return refusal
        case AlreadyClaimed() if refusal.space.startswith("dpop"):
            return InvalidDPoPProof(f"replayed: {refusal.detail}")
        case Denied(code="unbound"):
            return InvalidDPoPProof(f"a proof is required: {refusal.detail}")
        case Denied() | LimitReached():
            return InvalidTarget(refusal.detail)
        case Stopped() | AlreadyClaimed() | Conflict():
            return InvalidGrant(refusal.detail)
        case _:
            return InvalidGrant(f"{type(refusal).__name__}: {refusal.detail}")
