"""The states of a remit: which step leads where. Only exactly `active` permits anything.

`stopped` and `completed` are final: a remit that was stopped is never what is reinstated later.
"""

from collections.abc import Mapping
from enum import StrEnum

from remit.kernel.errors import Conflict
from remit.remits.remit import RemitState


class Step(StrEnum):
    """What a person can decide about a remit."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    STOP = "stop"
    COMPLETE = "complete"


class IllegalTransition(Conflict):
    """The state that it is in does not allow this step."""


_PROPOSED, _ACTIVE, _SUSPENDED = RemitState.PROPOSED, RemitState.ACTIVE, RemitState.SUSPENDED

FINAL = frozenset({RemitState.STOPPED, RemitState.COMPLETED})

TRANSITIONS: Mapping[Step, tuple[frozenset[RemitState], RemitState]] = {
    Step.ACTIVATE: (frozenset({_PROPOSED}), _ACTIVE),
    Step.SUSPEND: (frozenset({_ACTIVE}), _SUSPENDED),
    Step.REINSTATE: (frozenset({_SUSPENDED}), _ACTIVE),
    Step.STOP: (frozenset({_PROPOSED, _ACTIVE, _SUSPENDED}), RemitState.STOPPED),
    Step.COMPLETE: (frozenset({_ACTIVE, _SUSPENDED}), RemitState.COMPLETED),
}


def next_state(state: RemitState, step: Step) -> RemitState:
    """Where a step leads; raises IllegalTransition."""
    sources, target = TRANSITIONS[step]
    if state not in sources:
        raise IllegalTransition(f"cannot {step} what is {state}")
    return target
