"""Arguments that a policy might permit: made of what the policies and the schema mention.

A condition changes its mind only at the values that it is compared with; these, their neighbours,
and the choices of the schema are tried, each checked against the schema of its property. Bounded:
what needs a rarer combination is not found, and a tool that is not found permitted is not listed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from typing import assert_never

from remit.kernel.canonical import Json
from remit.policy.argument_types import (
    ArgumentType,
    Boolean,
    Field,
    Fixed,
    Long,
    Opaque,
    RecordOf,
    SetOf,
    Text,
)
from remit.policy.arguments import InputContract
from remit.policy.engines.cedar.documents import CedarPolicy
from remit.policy.refusals import ArgumentsInvalid
from remit.remits.remit import AtMost, Constraint, OneOf

MAX_CANDIDATES = 256
_PER_VALUE = 32


class Hints:
    """The values that are mentioned, most telling first."""

    def __init__(self, policies: Iterable[CedarPolicy], texts: Iterable[str]) -> None:
        reads = [policy.reads for policy in policies]
        mentioned = dict.fromkeys(chain.from_iterable(each.texts for each in reads))
        self.texts = (*mentioned, *texts, "x", "")
        numbers = dict.fromkeys(chain.from_iterable(each.integers for each in reads))
        self.integers = (
            *dict.fromkeys(near for number in numbers for near in (number, number - 1, number + 1)),
            *(0, 1),
        )
        decimals = [float(text) for text in mentioned if _is_decimal(text)]
        steps = [near for number in decimals for near in (number, number - 0.0001, number + 0.0001)]
        self.decimals = (*(round(step, 4) for step in steps), 0.0, 1.0)


def _is_decimal(text: str) -> bool:
    whole, _, fraction = text.removeprefix("-").partition(".")
    return len(text) < 20 and whole.isdecimal() and fraction.isdecimal() and text.isascii()


def propose(
    record: RecordOf | None,
    contract: InputContract,
    constraints: Sequence[Constraint],
    hints: Hints,
) -> Iterator[Mapping[str, Json]]:
    """At most MAX_CANDIDATES arguments to try: what policies read and the remit constrains."""
    read = dict(record.fields) if record is not None else {}
    for constraint in constraints:
        known = contract.record.fields.get(constraint.argument)
        # What the remit constrains must be there, also where no policy reads it.
        read[constraint.argument] = Field(Text() if known is None else known.type, required=True)
    names = tuple(read)
    choices = [
        _checked(name, _values_of(name, read[name], constraints, hints), contract) for name in names
    ]
    for combination in islice(product(*choices), MAX_CANDIDATES):
        yield {name: value for name, (value,) in _present(names, combination)}


_Option = tuple[Json, ...]  # empty: the property is left out


def _present(names: Sequence[str], combination: Sequence[_Option]) -> Iterator[tuple[str, _Option]]:
    return ((name, option) for name, option in zip(names, combination, strict=True) if option)


def _values_of(
    name: str, field: Field, constraints: Sequence[Constraint], hints: Hints
) -> Iterator[_Option]:
    mine = [constraint for constraint in constraints if constraint.argument == name]
    for constraint in mine:
        match constraint:
            case OneOf(values=values):
                yield from ((value,) for value in values)
            case AtMost(maximum=maximum):
                yield (maximum,)
            case unreachable:
                assert_never(unreachable)
    if not field.required:
        yield ()
    yield from ((value,) for value in _values(field.type, hints))


def _values(kind: ArgumentType, hints: Hints) -> list[Json]:
    return list(islice(_stream(kind, hints), _PER_VALUE))


def _stream(kind: ArgumentType, hints: Hints) -> Iterator[Json]:
    match kind:
        case Text(choices=choices):
            yield from choices or hints.texts
        case Long(choices=choices, minimum=minimum, maximum=maximum):
            bounds = (bound for bound in (minimum, maximum) if bound is not None)
            yield from choices or (*hints.integers, *bounds)
        case Boolean():
            yield from (True, False)
        case Fixed():
            yield from hints.decimals
        case SetOf(element=element):
            each = _values(element, hints)
            yield each
            yield []
            yield from ([one] for one in each)
        case RecordOf(fields=fields):
            seen = {n: f for n, f in fields.items() if not isinstance(f.type, Opaque)}
            options = [_values_of(name, field, (), hints) for name, field in seen.items()]
            for combination in product(*options):
                yield {name: value for name, (value,) in _present(tuple(seen), combination)}
        case Opaque():
            return
        case unreachable:
            assert_never(unreachable)


def _checked(name: str, options: Iterable[_Option], contract: InputContract) -> list[_Option]:
    check = contract.properties.get(name)
    fitting: dict[str, _Option] = {}
    for option in options:
        try:
            if check is not None and option:
                check(option[0])
        except ArgumentsInvalid:
            continue
        fitting.setdefault(repr(option), option)
    return list(fitting.values())
