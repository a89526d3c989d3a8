"""How refusals are recorded: a known caller's one by one, up to a rate, and strangers' in numbers.

Nobody can fill the disk by being refused: beyond its rate an agent's refusals are counted like
everybody's. What a refusal says to its caller is phrased in `refusing.py`.
"""

from collections import OrderedDict

from remit.audit.journal import AuditUnavailable, Journal
from remit.audit.refusals import RefusalCounter
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.kernel.ids import AgentId
from remit.kernel.oauth import UseDPoPNonce
from remit.policy.decision import Denied
from remit.proxy.attempt import Attempt
from remit.proxy.caller import Caller
from remit.proxy.records import CallRefused

ENDPOINT = "tools"

# An agent's refusals that are recorded one by one: so many at once, then so many a second.
_BURST = 100.0
_PER_SECOND = 10.0
_MOST_AGENTS = 4096
_LENGTH = 1024
_NAME_LENGTH = 256


class Refusals:
    """Records refusals, and tells the error which event tells of it."""

    def __init__(self, journal: Journal, counter: RefusalCounter, clock: Clock) -> None:
        self._journal = journal
        self._counter = counter
        self._clock = clock
        self._allowances: OrderedDict[AgentId, tuple[float, float]] = OrderedDict()

    def record(self, error: RemitError, attempt: Attempt) -> None:
        """Record one refusal, unless its call has recorded its own end already."""
        if error.event is not None or isinstance(error, UseDPoPNonce):
            return  # RFC 9449 section 8: a nonce is an invitation, not a refusal
        caller = attempt.caller
        if caller is None or not self._admit(caller.claims.agent):
            self._counter.count(ENDPOINT, error.error)
            return
        try:
            error.event = self._journal.append(_describe(error, caller, attempt)).event
        except AuditUnavailable:
            # It is refused all the same; there is nothing that could tell of it.
            self._counter.count(ENDPOINT, error.error)

    def _admit(self, agent: AgentId) -> bool:
        now = self._clock.monotonic()
        left, since = self._allowances.pop(agent, (_BURST, now))
        left = min(_BURST, left + (now - since) * _PER_SECOND)
        is_admitted = left >= 1.0
        self._allowances[agent] = (left - 1.0 if is_admitted else left, now)
        if len(self._allowances) > _MOST_AGENTS:
            self._allowances.popitem(last=False)
        return is_admitted


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
