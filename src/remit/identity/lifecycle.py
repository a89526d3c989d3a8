"""The lifecycle of an agent: which step leads from which state to which.

Quarantine keeps a suspected agent still: nobody brings it back in one step. It is suspended first,
which permits as little, and then reinstated: two records, and two decisions. `retired` is final.
"""

from collections.abc import Mapping
from enum import StrEnum

from remit.identity.principals import AgentState
from remit.kernel.errors import Conflict


class Step(StrEnum):
    """What a person can decide about an agent."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    QUARANTINE = "quarantine"
    RETIRE = "retire"


class IllegalTransition(Conflict):
    """The state that it is in does not allow this step."""


_PROPOSED, _ACTIVE = AgentState.PROPOSED, AgentState.ACTIVE
_SUSPENDED, _QUARANTINED = AgentState.SUSPENDED, AgentState.QUARANTINED

TRANSITIONS: Mapping[Step, tuple[frozenset[AgentState], AgentState]] = {
    Step.ACTIVATE: (frozenset({_PROPOSED}), _ACTIVE),
    Step.SUSPEND: (frozenset({_ACTIVE, _QUARANTINED}), _SUSPENDED),
    Step.REINSTATE: (frozenset({_SUSPENDED}), _ACTIVE),
    Step.QUARANTINE: (frozenset({_PROPOSED, _ACTIVE, _SUSPENDED}), _QUARANTINED),
    Step.RETIRE: (
        frozenset({_PROPOSED, _ACTIVE, _SUSPENDED, _QUARANTINED}),
        AgentState.RETIRED,
    ),
}


def next_state(state: AgentState, step: Step) -> AgentState:
    """Where a step leads; raises IllegalTransition."""
    sources, target = TRANSITIONS[step]
    if state not in sources:
        raise IllegalTransition(f"cannot {step} what is {state}")
    return target
