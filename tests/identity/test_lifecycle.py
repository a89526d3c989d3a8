"""An agent's lifecycle, written out a second time, by hand."""

import pytest

from remit.identity.lifecycle import IllegalTransition, Step, next_state
from remit.identity.principals import AgentState

LEGAL = {
    ("proposed", "activate"): "active",
    ("proposed", "quarantine"): "quarantined",
    ("proposed", "retire"): "retired",
    ("active", "suspend"): "suspended",
    ("active", "quarantine"): "quarantined",
    ("active", "retire"): "retired",
    ("suspended", "reinstate"): "active",
    ("suspended", "quarantine"): "quarantined",
    ("suspended", "retire"): "retired",
    ("quarantined", "suspend"): "suspended",
    ("quarantined", "retire"): "retired",
}


@pytest.mark.parametrize("state", AgentState)
@pytest.mark.parametrize("step", Step)
def test_each_step_leads_where_the_table_says_or_nowhere(state, step):
    expected = LEGAL.get((state.value, step.value))
    if expected is None:
        with pytest.raises(IllegalTransition):
            next_state(state, step)
    else:
        assert next_state(state, step) == expected


def test_nobody_comes_back_from_quarantine_in_one_step():
    leads = {LEGAL.get(("quarantined", step.value)) for step in Step}
    assert AgentState.ACTIVE not in leads
