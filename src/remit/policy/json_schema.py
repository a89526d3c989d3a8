"""Checks of arguments by the `jsonschema` library, for schemas beyond what is compiled to closures.

It fetches nothing (references stay inside the schema), matches patterns in linear time, and counts
its steps, so that neither a schema nor the arguments can keep it busy for long.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from remit.kernel.canonical import Json, canonicalize
from remit.policy.checks import Check
from remit.policy.closing import close
from remit.policy.patterns import compile_pattern
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable

MAX_STEPS = 20_000
# Applied to names that the caller sends by a backtracking engine, or of another draft.
_REFUSED = frozenset(
    {"patternProperties", "dependencies", "additionalItems", "$recursiveRef", "$dynamicRef", "$id"}
)


class _Exhausted(Exception):
    """The steps of one check are used up."""


def compile_by_library(schema: Mapping[str, Json]) -> Check:
    """The check of arguments against a whole input schema, closed. Raises SchemaUnusable."""
    _refuse_keywords(schema)
    meter = _Meter()
    closed = close(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SchemaUnusable(f"not JSON Schema 2020-12 at {error.json_path}") from None
    kind = _metered(meter)
    # The original too: closing a part of a `oneOf` could let pass what it refuses.
    validators = [kind(each, registry=Registry()) for each in (schema, closed)]

    def check(value: Json) -> None:
        for validator in validators:
            meter.left = MAX_STEPS
            _refuse_first(validator, value)

    return check


def _refuse_first(validator: Validator, value: Json) -> None:
    try:
        error = next(validator.iter_errors(value), None)
    except (_Exhausted, RecursionError):
        raise ArgumentsInvalid("$", "too large for its schema") from None
    except Unresolvable:
        raise SchemaUnusable("a reference leads nowhere") from None
    if error is not None:
        raise ArgumentsInvalid(_place(error), str(error.validator))


def _place(error: ValidationError) -> str:
    # By the schema, whose names were approved: what the caller sent is not quoted.
    steps = (str(step) for step in error.absolute_schema_path)
    return ".".join(("$", *list(steps)[:-1]))


class _Meter:
    left: int = MAX_STEPS

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Exhausted


def _metered(meter: _Meter) -> type[Validator]:
    keywords = {
        **Draft202012Validator.VALIDATORS,
        "pattern": _Patterns().check,
        "uniqueItems": _unique,
    }
    counted = {name: _counted(each, meter) for name, each in keywords.items()}
    # `extend` has no annotations.
    metered: type[Validator] = extend(Draft202012Validator, counted)  # type: ignore[no-untyped-call]
    return metered


def _counted(keyword: Any, meter: _Meter) -> Any:
    # The library's own shape of a keyword: (validator, keyword's value, instance, schema).
    def counted(one: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        meter.count()
        for error in keyword(one, value, instance, schema) or ():
            meter.count()
            yield error

    return counted


class _Patterns:
    def __init__(self) -> None:
        self._compiled: dict[str, Any] = {}

    def check(self, _: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
        """`pattern`, without backtracking. As many are kept as the schema has."""
        if pattern not in self._compiled:
            self._compiled[pattern] = compile_pattern(pattern)
        if isinstance(instance, str) and not self._compiled[pattern](instance):
            yield ValidationError("pattern")


def _unique(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if wanted is not True or not isinstance(instance, list):
        return
    if len({canonicalize(each) for each in instance}) != len(instance):
        yield ValidationError("uniqueItems")


def _refuse_keywords(part: Json, *, names: bool = False) -> None:
    # `names`: the keys of this object are names of properties or definitions, not keywords.
    if isinstance(part, Mapping):
        if not names and _REFUSED & part.keys():
            raise SchemaUnusable(f"it uses {', '.join(sorted(_REFUSED & part.keys()))}")
        for key, value in part.items():
            if names or key not in {"enum", "const", "default", "examples"}:
                named = not names and key in {"properties", "$defs", "definitions"}
                _refuse_keywords(value, names=named)
    elif isinstance(part, list):
        for value in part:
            _refuse_keywords(value)
