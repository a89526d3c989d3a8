"""Step 9: one verdict for each intended call, and everything given back with it."""

import asyncio
from typing import Any

import pytest

from remit.audit.journal import AuditUnavailable, Receipt
from remit.identity.tools import RiskTier
from remit.kernel.ids import EventId
from remit.outbound.errors import UpstreamUnreachable
from remit.proxy.errors import CallCut, CredentialEchoed
from remit.proxy.messages import Released
from remit.proxy.outcome import Outcome
from remit.signals.clearance import EpochPassed
from tests.proxy.test_intent import a_permit
from tests.proxy.world import World, world


def told(test: Any) -> None:
    async def within() -> None:
        async with world() as w:
            permit, _ = a_permit(w, RiskTier.READ)
            receipt = Receipt(EventId("evt_0"), w.journal.log, None, durable=False)
            test(w, Outcome(w.journal, w.clock, permit.request, receipt))

    asyncio.run(within())


def test_the_first_verdict_stands() -> None:
    def test(w: World, outcome: Outcome) -> None:
        left: list[int] = []
        outcome.leaving(lambda: left.append(1))
        outcome.releasing(b"ab", is_error=True)
        outcome.conclude(Released(200, (), b"ab"))
        assert outcome.cut("x", "y") is None
        assert outcome.failed("x", "y", may_have_effect=True) is None
        assert w.journal.tags() == ["call.completed"]
        record = w.journal.find("call.completed")
        assert (record.reply_bytes, record.is_error, record.intent) == (2, True, "evt_0")
        assert left == [1]

    told(test)


@pytest.mark.parametrize(
    ("error", "tag", "effect"),
    [
        (UpstreamUnreachable("x"), "call.failed", False),
        (UpstreamUnreachable("x", may_have_effect=True), "call.failed", True),
        (CredentialEchoed("x"), "call.failed", True),
        (EpochPassed("x"), "call.failed", False),
        (CallCut("x"), "call.cut", None),
        (asyncio.CancelledError(), "call.cut", None),
        (ZeroDivisionError("secret detail"), "call.failed", False),
    ],
)
def test_every_failure_has_its_verdict(error: BaseException, tag: str, effect: bool | None) -> None:
    def test(w: World, outcome: Outcome) -> None:
        with pytest.raises(type(error)), outcome:
            raise error
        assert w.journal.tags() == [tag]
        assert getattr(w.journal.records[0], "may_have_effect", None) == effect
        assert "secret" not in repr(w.journal.records)

    told(test)


def test_what_was_sent_may_have_an_effect() -> None:
    def test(w: World, outcome: Outcome) -> None:
        outcome.was_sent = True
        with pytest.raises(EpochPassed), outcome:
            raise EpochPassed("late")
        assert w.journal.find("call.failed").may_have_effect is True

    told(test)


def test_a_log_that_is_full_withholds_and_still_gives_everything_back() -> None:
    def test(w: World, outcome: Outcome) -> None:
        left: list[int] = []
        outcome.leaving(lambda: left.append(1))
        w.journal.is_full = True
        with pytest.raises(AuditUnavailable):
            outcome.conclude(Released(200, (), b""))
        assert left == [1]

    told(test)
