"""What a policy reads of the context, and what it compares it with, from Cedar's JSON of it.

Reads decide what is passed at all (building the context is most of a decision's cost), so they may
be overstated and never understated: whatever is not plainly a path counts as all that it could be.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from remit.kernel.canonical import Json

Path: TypeAlias = tuple[str, ...]
Literal: TypeAlias = str | int

# These join conditions; what stands beside a path there is not what it is compared with.
_JOINING = frozenset({"&&", "||", "if-then-else", "!"})


@dataclass(frozen=True, slots=True)
class Reads:
    """Paths below `context` (the empty path is all of it), and the literals in the conditions.

    `compared` says which literals stand in one operation with a path. `contained` are the right
    sides of containsAll that are paths, `emptiness` those that isEmpty looks at; `always` says
    that some containsAll has an empty literal there, which is always true.
    """

    paths: frozenset[Path]
    literals: tuple[Literal, ...]
    compared: Mapping[Path, tuple[Literal, ...]]
    contained: frozenset[Path]
    emptiness: frozenset[Path]
    always: bool


@dataclass(slots=True)
class _Found:
    paths: set[Path] = field(default_factory=set)
    literals: dict[Literal, None] = field(default_factory=dict)
    compared: dict[Path, dict[Literal, None]] = field(default_factory=dict)
    contained: set[Path] = field(default_factory=set)
    emptiness: set[Path] = field(default_factory=set)
    always: bool = False


def find_reads(conditions: Json) -> Reads:
    """What the `conditions` of a policy read."""
    found = _Found()
    _walk(conditions, found)
    return Reads(
        paths=frozenset(found.paths),
        literals=tuple(found.literals),
        compared={path: tuple(near) for path, near in found.compared.items()},
        contained=frozenset(found.contained),
        emptiness=frozenset(found.emptiness),
        always=found.always,
    )


def path_of(node: Json) -> Path | None:
    """The path that an expression is: `context.input.a` is ("input", "a"); None for any other."""
    attributes: list[str] = []
    while True:
        match node:
            case {"Var": "context"}:
                return tuple(reversed(attributes))
            case {".": {"left": left, "attr": str(attribute)}}:
                attributes.append(attribute)
                node = left
            case _:
                return None


def _walk(root: Json, found: _Found) -> None:
    # With a list of what waits: a long policy is nested deeper than Python's stack.
    waiting: list[Json] = [root]
    while waiting:
        node = waiting.pop()
        path = path_of(node)
        if path is None:
            waiting.extend(_parts(node, found))
        else:
            found.paths.add(path)


def _parts(node: Json, found: _Found) -> Iterable[Json]:
    """Notes what an expression says by itself; the expressions in it are the answer."""
    match node:
        case {"has": {"left": left, "attr": str(attribute)}} if (
            above := path_of(left)
        ) is not None:
            found.paths.add((*above, attribute))
            return ()
        case {"Value": value}:
            found.literals.update(dict.fromkeys(_literals_of(value)))
            return ()
        case {"Record": Mapping() as members}:
            # Its names are attributes, which may look like operators.
            return tuple(members.values())
        case {"like": {"left": left, "pattern": list(pattern)}}:
            text = "".join(_fixed_parts(pattern))
            found.literals[text] = None
            if path := path_of(left):
                found.compared.setdefault(path, {})[text] = None
            return (left,)
        case Mapping():
            _note_containment(node, found)
            _note_comparison(node, found)
            return tuple(node.values())
        case list():
            return tuple(node)
        case _:
            return ()


def _literals_of(value: Json) -> Iterator[Literal]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        yield value


def _fixed_parts(pattern: list[Json]) -> Iterator[str]:
    for part in pattern:
        if isinstance(part, Mapping):
            yield str(part.get("Literal", ""))


def _note_comparison(node: Mapping[str, Json], found: _Found) -> None:
    for operator, operands in node.items():
        if operator in _JOINING:
            continue
        sides = list(operands.values()) if isinstance(operands, Mapping) else operands
        if not isinstance(sides, list):
            continue
        for path in filter(None, map(path_of, sides)):
            near = found.compared.setdefault(path, {})
            near.update(dict.fromkeys(_literals_within(sides)))


def _literals_within(nodes: list[Json]) -> Iterator[Literal]:
    waiting = list(nodes)
    while waiting:
        match waiting.pop():
            case {"Value": value}:
                yield from _literals_of(value)
            case Mapping() as node:
                waiting.extend(node.values())
            case list() as several:
                waiting.extend(several)
            case _:
                pass


def _note_containment(node: Json, found: _Found) -> None:
    match node:
        case {"containsAll": {"right": {"Set": []} | {"Value": []}}}:
            found.always = True
        case {"containsAll": {"right": right}} if path := path_of(right):
            found.contained.add(path)
        case {"isEmpty": {"arg": argument}} if path := path_of(argument):
            found.emptiness.add(path)
        case _:
            pass
