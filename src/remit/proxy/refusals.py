"""How refusals are recorded: a known caller's one by one, up to a rate, and strangers' in numbers.

Nobody can fill the disk by being refused: beyond its rate an agent's refusals are counted like
everybody's. What a refusal says to its caller is phrased in `refusing.py`.
"""

from remit.audit.journal import AuditUnavailable, Journal
from remit.audit.refusals import Allowances, RefusalCounter
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.kernel.oauth import UseDPoPNonce
from remit.policy.decision import Denied
from remit.proxy.attempt import Attempt
from remit.proxy.caller import Caller
from remit.proxy.records import CallRefused

ENDPOINT = "tools"

_LENGTH = 1024
_NAME_LENGTH = 256


class Refusals:
    """Records refusals, and tells the error which event tells of it."""

    def __init__(self, journal: Journal, counter: RefusalCounter, clock: Clock) -> None:
        self._journal = journal
        self._counter = counter
        self._allowances = Allowances(clock)

    def record(self, error: RemitError, attempt: Attempt) -> None:
        """Record one refusal, unless its call has recorded its own end already."""
        if error.event is not None or isinstance(error, UseDPoPNonce):
            return  # RFC 9449 section 8: a nonce is an invitation, not a refusal
        caller = attempt.caller
        if caller is None or not self._allowances.admit(caller.claims.agent):
            self._counter.count(ENDPOINT, error.error)
            return
        try:
            error.event = self._journal.append(_describe(error, caller, attempt)).event
        except AuditUnavailable:
            # It is refused all the same; there is nothing that could tell of it.
            self._counter.count(ENDPOINT, error.error)


def _describe(error: RemitError, caller: Caller, attempt: Attempt) -> CallRefused:
    denied = error if isinstance(error, Denied) else None
    return CallRefused(
        tenant=caller.claims.tenant,
        agent=caller.claims.agent,
        remit=caller.claims.remit,
        token=caller.claims.token,
        tool_server=attempt.route.name if attempt.route is not None else "",
        tool=None if attempt.tool is None else attempt.tool[:_NAME_LENGTH],
        error=error.error,
        code=None if denied is None else denied.code,
        reason=error.detail[:_LENGTH],
        arguments=attempt.arguments_digest,
        policies=() if denied is None else denied.policies,
    )
