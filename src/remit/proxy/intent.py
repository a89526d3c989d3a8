"""Step 5: the intent of a call in the audit log, before any effect.

For a read the record is accepted; for write and admin tools it is on the disk before this returns.
"""

import asyncio
from typing import assert_never

from remit.audit.journal import Journal, Receipt
from remit.identity.evidence import Confirmation
from remit.identity.tools import RiskTier
from remit.kernel.clock import Clock
from remit.kernel.completion import carry_through
from remit.policy.permits import CallPermit
from remit.proxy.caller import Caller
from remit.proxy.outcome import Outcome
from remit.proxy.records import CallIntended


class Intents:
    """Records what is about to be done."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    async def record(self, permit: CallPermit, caller: Caller) -> Outcome:
        """The outcome-to-be of a permitted call, whose intent is in the log. AuditUnavailable."""
        record = describe_intent(permit, caller)
        match permit.request.tool.risk:
            case RiskTier.READ:
                return self._outcome(permit, self._journal.append(record))
            case RiskTier.WRITE | RiskTier.ADMIN:
                return await self._commit(permit, record)
            case unreachable:
                assert_never(unreachable)

    async def _commit(self, permit: CallPermit, record: CallIntended) -> Outcome:
        receipts: list[Receipt] = []

        async def commit() -> None:
            receipts.append(await self._journal.commit(record))

        try:
            await carry_through(commit())
        except asyncio.CancelledError:
            # The caller has gone while the intent was being written: it ends here, and says so.
            for receipt in receipts:
                self._outcome(permit, receipt).cut("caller_gone", "before anything was sent")
            raise
        return self._outcome(permit, receipts[0])

    def _outcome(self, permit: CallPermit, intent: Receipt) -> Outcome:
        return Outcome(self._journal, self._clock, permit.request, intent)


def describe_intent(permit: CallPermit, caller: Caller) -> CallIntended:
    """The record of what is about to be done, by whom, and by which policies' leave."""
    request, claims = permit.request, caller.claims
    bound = isinstance(caller.confirmation, Confirmation)
    return CallIntended(
        tenant=request.agent.tenant,
        agent=request.agent.id,
        remit=request.remit.id,
        remit_revision=request.remit.revision,
        tool_server=request.tool_server.id,
        tool=request.tool.name,
        risk=request.tool.risk.value,
        definition=request.tool.digest,
        arguments=request.arguments_digest,
        client=claims.client,
        token=claims.token,
        jkt=claims.jkt if bound else None,
        policies=permit.allowed.policies,
        bundle=permit.allowed.bundle,
    )
