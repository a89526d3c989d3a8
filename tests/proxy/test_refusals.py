"""Refusals are recorded, and never so many that they fill the disk."""

import asyncio
from typing import Any

from remit.identity.evidence import Unbound
from remit.kernel.errors import Malformed
from remit.kernel.oauth import InvalidToken, UseDPoPNonce
from remit.policy.decision import Denied
from remit.proxy.attempt import Attempt
from remit.proxy.caller import Caller
from remit.proxy.refusals import Refusals
from tests.proxy.world import World, world


def refusing(test: Any) -> None:
    async def within() -> None:
        async with world() as w:
            claims = w.proxy._decisions._callers._access_tokens.verify(w.token()).claims
            known = Attempt(caller=Caller(claims, Unbound()), tool="t" * 300)
            test(w, Refusals(w.journal, w.counter, w.clock), known)

    asyncio.run(within())


def counted(w: World) -> int:
    w.counter.flush()
    return sum(w.journal.find("refusals.aggregated").refusals.values())


def test_a_known_callers_refusal_is_one_record_that_the_error_names() -> None:
    def test(w: World, refusals: Refusals, known: Attempt) -> None:
        error = Denied("policy", "because", ("p1",))
        refusals.record(error, known)
        record = w.journal.find("call.refused")
        assert error.event == "evt_1"
        assert (record.code, record.reason, record.policies) == ("policy", "because", ("p1",))
        assert len(record.tool) == 256
        refusals.record(error, known)
        assert len(w.journal.records) == 1

    refusing(test)


def test_an_invitation_is_no_refusal() -> None:
    def test(w: World, refusals: Refusals, known: Attempt) -> None:
        refusals.record(UseDPoPNonce(), Attempt())
        w.counter.flush()
        assert not w.journal.records

    refusing(test)


def test_a_stranger_is_counted() -> None:
    def test(w: World, refusals: Refusals, known: Attempt) -> None:
        for _ in range(5):
            refusals.record(InvalidToken("x"), Attempt())
        assert not w.journal.records
        assert counted(w) == 5

    refusing(test)


def test_beyond_its_rate_an_agent_is_counted_as_well() -> None:
    def test(w: World, refusals: Refusals, known: Attempt) -> None:
        for _ in range(150):
            refusals.record(Malformed("x"), known)
        assert len(w.journal.records) == 100
        w.clock.advance(1.0)
        for _ in range(20):
            refusals.record(Malformed("x"), known)
        assert w.journal.tags().count("call.refused") == 110
        assert counted(w) == 60

    refusing(test)


def test_a_refusal_needs_no_log_to_be_one() -> None:
    def test(w: World, refusals: Refusals, known: Attempt) -> None:
        w.journal.is_full = True
        error = Malformed("x")
        refusals.record(error, known)
        assert error.event is None

    refusing(test)
