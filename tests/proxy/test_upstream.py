"""Step 7: what leaves, and under which evidence."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from remit.audit.journal import AuditUnavailable, Receipt
from remit.identity.tools import RiskTier
from remit.kernel.ids import ROOT_TENANT, EventId
from remit.outbound.errors import UpstreamFailure
from remit.proxy.asked import MCPForm
from remit.proxy.errors import UpstreamFaulty, UpstreamRedirected, UpstreamRefused
from remit.proxy.limits import ProxyLimits
from remit.proxy.outcome import Outcome
from remit.proxy.upstream import Manner, UpstreamCalls, call_limits, check_status
from remit.signals.clearance import Stopped
from remit.signals.targets import agent_target
from tests.proxy.test_intent import a_permit
from tests.proxy.world import ADA, HUMAN, World, credential, world

PATH = (agent_target(ROOT_TENANT, ADA),)
MANNER = Manner(PATH, MCPForm("c"), (), ())


def sending(test: Any) -> None:
    async def within() -> None:
        async with world() as w:
            await test(w, w.proxy._upstream)
            assert len(w.in_flight) == 0

    asyncio.run(within())


def outcome_of(w: World, risk: RiskTier, *, durable: bool) -> tuple[Any, Outcome]:
    permit, _ = a_permit(w, risk)
    receipt = Receipt(EventId("evt_0"), w.journal.log, None, durable=durable)
    return permit, Outcome(w.journal, w.clock, permit.request, receipt)


@pytest.mark.parametrize("risk", [RiskTier.WRITE, RiskTier.ADMIN])
def test_no_write_leaves_whose_intent_is_not_on_the_disk(risk: RiskTier) -> None:
    async def test(w: World, calls: UpstreamCalls) -> None:
        permit, outcome = outcome_of(w, risk, durable=False)
        with pytest.raises(AuditUnavailable), outcome:
            await calls.send(permit, credential(), outcome, MANNER)
        assert not w.mcp_upstream.requests
        assert w.journal.find("call.failed").may_have_effect is False

    sending(test)


def test_the_epochs_are_checked_once_more_in_the_last_moment() -> None:
    async def test(w: World, calls: UpstreamCalls) -> None:
        permit, outcome = outcome_of(w, RiskTier.READ, durable=False)
        clearance = w.stops.clear(ROOT_TENANT, PATH)
        await w.stops.stop(PATH[0], by=HUMAN, reason="now")
        with pytest.raises(Stopped), outcome:
            await calls.send(replace(permit, clearance=clearance), credential(), outcome, MANNER)
        assert not w.mcp_upstream.requests

    sending(test)


def test_an_upstream_that_is_not_there_has_no_effect() -> None:
    async def test(w: World, calls: UpstreamCalls) -> None:
        permit, outcome = outcome_of(w, RiskTier.READ, durable=False)
        gone = replace(permit.request.tool_server.upstream, url="http://127.0.0.1:1/mcp")
        server = replace(permit.request.tool_server, upstream=gone)
        permit = replace(permit, request=replace(permit.request, tool_server=server))
        with pytest.raises(UpstreamFailure), outcome:
            await calls.send(permit, credential(), outcome, MANNER)
        assert w.journal.find("call.failed").may_have_effect is False

    sending(test)


def test_the_head_of_the_answer_comes_back_with_what_was_asked() -> None:
    async def test(w: World, calls: UpstreamCalls) -> None:
        permit, outcome = outcome_of(w, RiskTier.READ, durable=False)
        with outcome:
            answered = await calls.send(permit, credential(), outcome, MANNER)
            assert answered.response.status == 200
            assert answered.request is not None
            assert answered.request.arguments == {"id": "1"}
            assert outcome.secret_version == 7
            assert len(w.in_flight) == 1
            outcome.completed(200)

    sending(test)


class Head:
    def __init__(self, status: int) -> None:
        self.status = status


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 409, 422, 429])
def test_an_answer_of_the_tool_is_one(status: int) -> None:
    check_status(Head(status))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, UpstreamRefused),
        (403, UpstreamRefused),
        (407, UpstreamRefused),
        (301, UpstreamRedirected),
        (304, UpstreamRedirected),
        (500, UpstreamFaulty),
        (599, UpstreamFaulty),
    ],
)
def test_what_stands_in_front_of_the_tool_does_not_pass(
    status: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_status(Head(status))  # type: ignore[arg-type]


def test_the_doors_limits_are_the_tool_servers() -> None:
    async def test(w: World, _: UpstreamCalls) -> None:
        limits = call_limits(replace(w.mcp_server, timeout_seconds=2.0), ProxyLimits())
        assert (limits.connect_in, limits.first_byte_in) == (2.0, 2.0)
        assert limits.max_body_bytes == ProxyLimits().stream_bytes

    sending(test)
