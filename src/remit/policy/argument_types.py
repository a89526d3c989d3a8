"""What policies may know of a tool's arguments: the types that Cedar and JSON Schema share.

A part of a schema that has no exact counterpart is Opaque: it stays out of what policies see, and
a policy that reads it is refused when it is compiled, so that no policy sees another value than the
tool gets, or silently none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A string; `choices` are all it may be, where the schema says so."""

    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Long:
    """An integer, with the bounds and choices that the schema states."""

    choices: tuple[int, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number, shown as a decimal of four digits after the point: exactly, or not at all."""


Scalar: TypeAlias = Text | Long | Boolean | Fixed


@dataclass(frozen=True, slots=True)
class SetOf:
    """An array of one scalar type; policies see it without order and doubles."""

    element: Scalar
    may_be_empty: bool


@dataclass(frozen=True, slots=True)
class Opaque:
    """What policies cannot see, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an object."""

    type: "ArgumentType"
    required: bool


@dataclass(frozen=True, slots=True)
class RecordOf:
    """An object. `open_because` says why it may hold more than its fields (None: it may not)."""

    fields: Mapping[str, Field]
    open_because: str | None = None


ArgumentType: TypeAlias = Scalar | SetOf | RecordOf | Opaque
