"""Step 5: the intent is in the log before any effect."""

import asyncio
from typing import Any

import pytest

from remit.identity.evidence import Unbound
from remit.identity.tools import RiskTier
from remit.policy.decision import Allowed
from remit.policy.permits import CallPermit, permit_call
from remit.policy.request import CallRequest, Facts
from remit.proxy.caller import Caller
from remit.proxy.intent import Intents
from remit.signals.clearance import Clearance
from tests.proxy.world import DEFINITIONS, World, a_remit, agent, mcp_tool, world


def a_permit(w: World, risk: RiskTier) -> tuple[CallPermit, Caller]:
    tool = mcp_tool(DEFINITIONS[0], risk)
    facts = Facts(False, 0, w.clock.now())
    request = CallRequest(
        agent(), a_remit(), w.mcp_server, tool, {"id": "1"}, b'{"id":"1"}', "sha256:x", facts
    )
    claims = w.proxy._decisions._callers._access_tokens.verify(w.token()).claims
    clearance = Clearance(request.agent.tenant, {})
    return permit_call(request, clearance, Allowed(("p",), "b")), Caller(claims, Unbound())


def in_world(test: Any) -> None:
    async def within() -> None:
        async with world() as w:
            await test(w, Intents(w.journal, w.clock))

    asyncio.run(within())


@pytest.mark.parametrize("risk", list(RiskTier))
def test_whatever_may_change_something_is_on_the_disk_first(risk: RiskTier) -> None:
    async def test(w: World, intents: Intents) -> None:
        outcome = await intents.record(*a_permit(w, risk))
        assert outcome.intent.durable == (risk is not RiskTier.READ)
        record = w.journal.find("call.intended")
        assert (record.risk, record.arguments, record.policies) == (risk.value, "sha256:x", ("p",))
        assert record.jkt is None

    in_world(test)


def test_a_caller_that_goes_meanwhile_leaves_an_end_to_the_intent() -> None:
    async def test(w: World, intents: Intents) -> None:
        released = asyncio.Event()
        commit = w.journal.commit

        async def slow(record: Any, changes: Any = ()) -> Any:
            await released.wait()
            return await commit(record, changes)

        w.journal.commit = slow  # type: ignore[method-assign]
        task = asyncio.get_running_loop().create_task(intents.record(*a_permit(w, RiskTier.WRITE)))
        await asyncio.sleep(0)
        task.cancel()
        released.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert w.journal.tags() == ["call.intended", "call.cut"]

    in_world(test)
