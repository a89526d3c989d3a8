"""Arguments that a policy might permit: made of what the policies and the schema mention.

A condition changes its mind only at the values that it is compared with; these, their neighbours,
and the choices of the schema are tried, each checked against the schema of its property. Bounded:
what needs a rarer combination is not found, and a tool that is not found permitted is not listed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from re import compile as pattern
from typing import TypeAlias, assert_never

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
from remit.policy.engines.cedar.reads import Literal, Path
from remit.policy.refusals import ArgumentsInvalid
from remit.remits.remit import AtMost, Constraint, OneOf

MAX_CANDIDATES = 256
_PER_VALUE = 32

_Option: TypeAlias = tuple[Json, ...]  # empty: the property is left out


class Hints:
    """The values that policies mention: first those that a path is compared with."""

    def __init__(self, policies: Iterable[CedarPolicy], texts: Iterable[str]) -> None:
        reads = [policy.reads for policy in policies]
        self._reads = reads
        self._general = (*dict.fromkeys(chain.from_iterable(each.literals for each in reads)),)
        self._texts = tuple(texts)

    def literals(self, path: Path) -> tuple[Literal, ...]:
        """Literals for the value of a path, the most telling first."""
        near = chain.from_iterable(each.compared.get(path, ()) for each in self._reads)
        return tuple(dict.fromkeys((*near, *self._general)))

    def texts(self, path: Path) -> tuple[str, ...]:
        """Strings to try."""
        mentioned = (each for each in self.literals(path) if isinstance(each, str))
        return (*mentioned, *self._texts, "x", "")

    def integers(self, path: Path) -> tuple[int, ...]:
        """Integers to try: those that are mentioned, and their neighbours."""
        mentioned = [each for each in self.literals(path) if isinstance(each, int)]
        return (*(near for each in mentioned for near in (each, each - 1, each + 1)), 0, 1)

    def decimals(self, path: Path) -> tuple[float, ...]:
        """Numbers to try: those that are mentioned as decimals, and their neighbours."""
        mentioned = [
            float(each)
            for each in self.literals(path)
            if isinstance(each, str) and _DECIMAL.fullmatch(each)
        ]
        steps = (near for each in mentioned for near in (each, each - 0.0001, each + 0.0001))
        return (*(round(step, 4) for step in steps), 0.0, 1.0)


_DECIMAL = pattern(r"-?[0-9]{1,14}\.[0-9]{1,4}")


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
        if known is None and contract.record.open_because is None:
            return  # the schema refuses what the remit demands
        # What the remit constrains must be there, also where no policy reads it.
        read[constraint.argument] = Field(Opaque("") if known is None else known.type, True)
    choices = {
        name: _checked(name, _first_of(name, constraints), field, hints, contract)
        for name, field in read.items()
    }
    yield from islice(_combine(choices), MAX_CANDIDATES)


def _combine(choices: Mapping[str, Sequence[_Option]]) -> Iterator[Mapping[str, Json]]:
    """Combinations of options, with as many of each as leaves room for those of the others."""
    each = int(MAX_CANDIDATES ** (1 / max(len(choices), 1)) + 1e-9)
    room = max(each, 2)
    for combination in product(*(options[:room] for options in choices.values())):
        chosen = zip(choices, combination, strict=True)
        yield {name: option[0] for name, option in chosen if option}


def _first_of(name: str, constraints: Sequence[Constraint]) -> Iterator[_Option]:
    for constraint in constraints:
        if constraint.argument != name:
            continue
        match constraint:
            case OneOf(values=values):
                yield from ((value,) for value in values)
            case AtMost(maximum=maximum):
                yield (maximum,)
            case unreachable:
                assert_never(unreachable)


def _options(field: Field, path: Path, hints: Hints) -> Iterator[_Option]:
    values = islice(_values(field.type, path, hints), _PER_VALUE)
    if not field.required:
        # The most telling value, then none at all, then the others.
        yield from ((value,) for value in islice(values, 1))
        yield ()
    yield from ((value,) for value in values)


def _values(kind: ArgumentType, path: Path, hints: Hints) -> Iterator[Json]:
    match kind:
        case Text(choices=choices):
            mentioned = hints.texts(path)
            yield from (text for text in mentioned if not choices or text in choices)
            yield from choices
        case Long(choices=choices, minimum=minimum, maximum=maximum):
            mentioned_too = hints.integers(path)
            yield from (number for number in mentioned_too if not choices or number in choices)
            yield from (*choices, *(bound for bound in (minimum, maximum) if bound is not None))
        case Boolean():
            yield from (True, False)
        case Fixed():
            yield from hints.decimals(path)
        case SetOf(element=element):
            each = list(islice(_values(element, path, hints), _PER_VALUE))
            yield from ([one] for one in each[:3])
            yield each
            yield []
            yield from ([one] for one in each[3:])
        case RecordOf(fields=fields):
            yield from _combine(
                {
                    name: tuple(_options(field, (*path, name), hints))
                    for name, field in fields.items()
                    if not isinstance(field.type, Opaque)
                }
            )
        case Opaque():
            return
        case unreachable:
            assert_never(unreachable)


def _checked(
    name: str, first: Iterable[_Option], field: Field, hints: Hints, contract: InputContract
) -> tuple[_Option, ...]:
    check = contract.properties.get(name)
    fitting: dict[str, _Option] = {}
    for option in (*first, *_options(field, ("input", name), hints)):
        try:
            if check is not None and option:
                check(option[0])
        except ArgumentsInvalid:
            continue
        fitting.setdefault(repr(option), option)
    return tuple(fitting.values())
