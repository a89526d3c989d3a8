"""Constraints on a call's arguments, in value space: held, or refused; never skipped.

A missing argument, one of another JSON type, and a boolean where an integer is meant are refused
(Python thinks that `True == 1`; JSON does not).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard, assert_never

from remit.kernel.canonical import Json
from remit.kernel.errors import RemitError
from remit.kernel.ids import RemitId, ToolServerId
from remit.remits.remit import AtMost, AuthorityEntry, Constraint, OneOf, Remit


class OutsideRemit(RemitError):
    """The remit does not reach this tool server or tool."""

    status = 403
    error = "access_denied"
    description = "The request is outside the remit."


class ConstraintBroken(OutsideRemit):
    """The remit reaches the tool, but not with these arguments."""


@dataclass(frozen=True, slots=True)
class Reached:
    """The evidence that a remit's authority covers a tool: made by `reach` alone."""

    remit: RemitId
    entry: AuthorityEntry
    tool: str


@dataclass(frozen=True, slots=True)
class Held:
    """The evidence that the arguments of one call hold every constraint: made by `hold` alone."""

    reached: Reached
    constraints: tuple[Constraint, ...]


def reach(remit: Remit, tool_server: ToolServerId, tool: str) -> Reached:
    """The entry by which a remit reaches a tool, by exact name; raises OutsideRemit."""
    for entry in remit.authority:
        if entry.tool_server == tool_server:
            if tool not in entry.tools:
                raise OutsideRemit(f"{remit.id} does not name {tool!r} of {tool_server}")
            return Reached(remit.id, entry, tool)
    raise OutsideRemit(f"{remit.id} does not reach {tool_server}")


def hold(reached: Reached, arguments: Mapping[str, Json]) -> Held:
    """The evidence that these parsed arguments hold; raises ConstraintBroken."""
    constraints = reached.entry.tools[reached.tool]
    for constraint in constraints:
        _check(constraint, arguments)
    return Held(reached, constraints)


def is_implied(wanted: Constraint, given: Sequence[Constraint]) -> bool:
    """Whether arguments that hold all of the given constraints must hold the wanted one."""
    return any(_implies(each, wanted) for each in given if each.argument == wanted.argument)


def write_constraint(constraint: Constraint) -> dict[str, Json]:
    """A constraint as JSON."""
    match constraint:
        case OneOf(argument, values):
            return {"argument": argument, "one_of": list(values)}
        case AtMost(argument, maximum):
            return {"argument": argument, "at_most": maximum}
        case unreachable:
            assert_never(unreachable)


def _check(constraint: Constraint, arguments: Mapping[str, Json]) -> None:
    if constraint.argument not in arguments:
        raise ConstraintBroken(f"{constraint.argument} is missing")
    value = arguments[constraint.argument]
    match constraint:
        case OneOf(argument, values):
            if not any(_is_same(value, each) for each in values):
                raise ConstraintBroken(f"{argument} is none of the values that it may be")
        case AtMost(argument, maximum):
            if not _is_integer(value) or value > maximum:
                raise ConstraintBroken(f"{argument} is no integer, or greater than {maximum}")
        case unreachable:
            assert_never(unreachable)


def _implies(given: Constraint, wanted: Constraint) -> bool:
    match given, wanted:
        case OneOf(_, few), OneOf(_, many):
            return all(any(_is_same(value, other) for other in many) for value in few)
        case AtMost(_, low), AtMost(_, high):
            return low <= high
        case OneOf(_, few), AtMost(_, high):
            return all(_is_integer(value) and value <= high for value in few)
        case _:
            return False


def _is_same(value: Json, other: str | int | bool) -> bool:
    # 1.0 is not 1 here: canonical JSON sends it as 1, but it was not read as the integer.
    return type(value) is type(other) and value == other


def _is_integer(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
