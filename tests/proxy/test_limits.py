"""How much one caller may ask for at a time."""

import pytest

from remit.kernel.errors import LimitExceeded
from remit.kernel.ids import AgentId, ToolServerId
from remit.proxy.errors import TooManyCalls
from remit.proxy.limits import Concurrency, ProxyLimits, check_headers

ADA, BOB = AgentId("agt_ada"), AgentId("agt_bob")
ONE, TWO = ToolServerId("tls_1"), ToolServerId("tls_2")


def concurrency() -> Concurrency:
    return Concurrency(ProxyLimits(calls_per_agent=2, calls_per_tool_server=3))


def test_an_agent_has_its_calls_and_no_more() -> None:
    calls = concurrency()
    first, _ = calls.enter(ADA, ONE), calls.enter(ADA, TWO)
    with pytest.raises(TooManyCalls):
        calls.enter(ADA, ONE)
    first.leave()
    calls.enter(ADA, ONE)
    assert calls.under_way == 2


def test_a_tool_server_has_its_calls_whoever_makes_them() -> None:
    calls = concurrency()
    for agent in (ADA, ADA, BOB):
        calls.enter(agent, ONE)
    with pytest.raises(TooManyCalls):
        calls.enter(BOB, ONE)
    calls.enter(BOB, TWO)


def test_a_slot_given_back_twice_is_given_back_once() -> None:
    calls = concurrency()
    first, _second = calls.enter(ADA, ONE), calls.enter(ADA, ONE)
    first.leave()
    first.leave()
    assert calls.under_way == 1


def test_a_block_gives_its_slot_back_unless_it_is_kept() -> None:
    calls = concurrency()
    with calls.enter(ADA, ONE):
        assert calls.under_way == 1
    assert calls.under_way == 0
    with calls.enter(ADA, ONE) as slot:
        leave = slot.keep()
    assert calls.under_way == 1
    leave()
    leave()
    assert calls.under_way == 0
    slot.keep()()
    assert calls.under_way == 0


def test_nothing_is_remembered_of_who_has_no_calls() -> None:
    calls = concurrency()
    for number in range(100):
        calls.enter(AgentId(f"agt_{number}"), ONE).leave()
    assert calls.under_way == 0
    assert not calls._by_agent
    assert not calls._by_tool_server


def test_headers_have_a_number_and_a_size() -> None:
    limits = ProxyLimits(header_count=2, header_bytes=10)
    check_headers(((b"a", b"b"), (b"c", b"d")), limits)
    with pytest.raises(LimitExceeded):
        check_headers(((b"a", b"b"),) * 3, limits)
    with pytest.raises(LimitExceeded):
        check_headers(((b"a", b"b" * 10),), limits)
