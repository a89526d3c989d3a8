"""What bars a key, and that only what barred it lets it go."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from remit.kernel.ids import ROOT_TENANT, AgentId, HumanId, StopId
from remit.signals.board import Board
from remit.signals.clearance import Stopped
from remit.signals.stop import Lifting, Stop
from remit.signals.targets import agent_target

KEY = "agt_1"
AT = datetime(2026, 1, 1, tzinfo=UTC)
TARGET = agent_target(ROOT_TENANT, AgentId(KEY))


def stop(number: int) -> Stop:
    return Stop(StopId(f"stp_{number}"), TARGET, "why", HumanId("hum_1"), AT, None, 1)


def lifted(number: int) -> Stop:
    return replace(stop(number), lifted=Lifting(AT, HumanId("hum_1"), "over"))


def is_barred(board: Board) -> bool:
    try:
        board.see((KEY,))
    except Stopped:
        return True
    return False


def test_two_changes_on_their_way_bar_until_both_are_settled():
    board = Board()
    board.close(KEY)
    board.close(KEY)
    board.reopen(KEY)
    assert is_barred(board)
    board.raise_watermark(KEY)
    assert board.see((KEY,)) == {KEY: 1}


def test_a_doubtful_change_bars_until_one_is_committed():
    board = Board()
    board.close(KEY)
    board.hold(KEY)
    assert is_barred(board)
    board.close(KEY)
    board.reopen(KEY)
    assert is_barred(board)
    board.close(KEY)
    board.raise_watermark(KEY)
    assert not is_barred(board)


def test_each_stop_must_be_lifted():
    board = Board()
    board.keep(stop(1))
    board.keep(stop(2))
    board.keep(lifted(1))
    with pytest.raises(Stopped) as refusal:
        board.see((KEY,))
    assert refusal.value.stop == "stp_2"
    board.keep(lifted(2))
    assert not is_barred(board)


def test_lifting_what_never_stood_changes_nothing():
    board = Board()
    board.keep(lifted(1))
    assert board.see((KEY, "other")) == {KEY: 0, "other": 0}
