"""A remit's states, written out a second time, by hand."""

import pytest

from remit.remits.remit import RemitState
from remit.remits.states import FINAL, IllegalTransition, Step, next_state

LEGAL = {
    ("proposed", "activate"): "active",
    ("proposed", "stop"): "stopped",
    ("active", "suspend"): "suspended",
    ("active", "stop"): "stopped",
    ("active", "complete"): "completed",
    ("suspended", "reinstate"): "active",
    ("suspended", "stop"): "stopped",
    ("suspended", "complete"): "completed",
}


@pytest.mark.parametrize("state", RemitState)
@pytest.mark.parametrize("step", Step)
def test_each_step_leads_where_the_table_says_or_nowhere(state, step):
    expected = LEGAL.get((state.value, step.value))
    if expected is None:
        with pytest.raises(IllegalTransition):
            next_state(state, step)
    else:
        assert next_state(state, step) == expected


def test_nothing_comes_back_from_a_final_state():
    assert {"stopped", "completed"} == FINAL
    assert not [state for state, _ in LEGAL if state in FINAL]
