"""Checks of arguments against a JSON Schema, compiled to closures: the hot path's validator.

It knows the keywords that tools use most, with the meaning of JSON Schema 2020-12, and answers None
for a schema with any other; `json_schema.py` takes those. An object that lists its properties holds
no others unless the schema says so: what was not declared is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from remit.kernel.canonical import Json, canonicalize
from remit.policy.patterns import compile_pattern
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable

Check: TypeAlias = Callable[[Json], None]

_NOT_OBJECTS = frozenset({"string", "integer", "number", "boolean", "null", "array"})
# Every keyword of 2020-12 that asserts or applies, and is not compiled here.
_BEYOND = frozenset(
    {"$ref", "$dynamicRef", "$recursiveRef", "allOf", "oneOf", "not", "if", "then", "else"}
    | {"dependentSchemas", "dependentRequired", "dependencies", "prefixItems", "additionalItems"}
    | {"contains", "minContains", "maxContains", "patternProperties", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties", "multipleOf", "minProperties", "maxProperties"}
)


class Beyond(Exception):
    """The schema uses what is not compiled here."""


def compile_check(schema: Json, place: str = "$", *, root: bool = False) -> Check:
    """The check of values against a schema. Raises Beyond, or SchemaUnusable.

    `root` closes an object even where it lists no properties at all.
    """
    if schema is True:
        return _in_order(())
    if not isinstance(schema, Mapping):
        raise Beyond(place)
    if _BEYOND & schema.keys():
        raise Beyond(place)
    checks = [
        compiled(schema[keyword], place)
        for keyword, compiled in _COMPILERS.items()
        if keyword in schema
    ]
    if root or "properties" in schema:
        checks.append(_members(schema, place))
    elif "additionalProperties" in schema or "required" in schema:
        raise Beyond(place)
    return _in_order(tuple(checks))


def is_type(value: Json, name: str) -> bool:
    """JSON Schema's types: a boolean is no integer, and 1.0 is one."""
    match name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case "object":
            return isinstance(value, Mapping)
        case "array":
            return isinstance(value, list)
        case "integer" if isinstance(value, float):
            return value.is_integer()
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            raise SchemaUnusable("a type that JSON does not have")


def _in_order(checks: tuple[Check, ...]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def all_of(value: Json) -> None:
        for check in checks:
            check(value)

    return all_of


def _require(holds: Callable[[Json], bool], place: str, keyword: str) -> Check:
    def check(value: Json) -> None:
        if not holds(value):
            raise ArgumentsInvalid(place, keyword)

    return check


def _type(wanted: Json, place: str) -> Check:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, Sequence) or not all(isinstance(each, str) for each in names):
        raise SchemaUnusable(f"{place}: type")
    known = tuple(str(each) for each in names)
    for each in known:
        is_type(None, each)
    if known == ("string",):
        return _require(lambda value: type(value) is str, place, "type")
    return _require(lambda value: any(is_type(value, each) for each in known), place, "type")


def _enum(listed: Json, place: str) -> Check:
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise SchemaUnusable(f"{place}: enum")
    if all(isinstance(each, str) for each in listed):
        texts = frozenset(each for each in listed if isinstance(each, str))
        return _require(lambda value: isinstance(value, str) and value in texts, place, "enum")
    # Canonical bytes are JSON's equality: 1 is 1.0, and neither is true.
    written = frozenset(canonicalize(each) for each in listed)
    return _require(lambda value: canonicalize(value) in written, place, "enum")


def _const(wanted: Json, place: str) -> Check:
    return _enum([wanted], place)


def _bound(keyword: str, holds: Callable[[float, float], bool]) -> Callable[[Json, str], Check]:
    def compiled(limit: Json, place: str) -> Check:
        if not is_type(limit, "number") or not isinstance(limit, int | float):
            raise SchemaUnusable(f"{place}: {keyword}")

        def check(value: Json) -> None:
            # A bound says nothing of what is no number (validation vocabulary, section 6.2).
            if isinstance(value, bool) or not isinstance(value, int | float):
                return
            if not holds(value, limit):
                raise ArgumentsInvalid(place, keyword)

        return check

    return compiled


def _size(
    keyword: str, kind: type[str | list[Json]], holds: Callable[[int, int], bool]
) -> Callable[[Json, str], Check]:
    def compiled(limit: Json, place: str) -> Check:
        if type(limit) is not int:
            raise Beyond(place)

        def check(value: Json) -> None:
            if isinstance(value, kind) and not holds(len(value), limit):
                raise ArgumentsInvalid(place, keyword)

        return check

    return compiled


def _pattern(pattern: Json, place: str) -> Check:
    if not isinstance(pattern, str):
        raise SchemaUnusable(f"{place}: pattern")
    matches = compile_pattern(pattern)
    return _require(lambda value: not isinstance(value, str) or matches(value), place, "pattern")


def _items(schema: Json, place: str) -> Check:
    each = compile_check(schema, f"{place}[]")

    def check(value: Json) -> None:
        if isinstance(value, list):
            for element in value:
                each(element)

    return check


def _unique(wanted: Json, place: str) -> Check:
    def check(value: Json) -> None:
        if wanted is not True or not isinstance(value, list):
            return
        if len({canonicalize(element) for element in value}) != len(value):
            raise ArgumentsInvalid(place, "uniqueItems")

    return check


def _any_of(branches: Json, place: str) -> Check:
    if not isinstance(branches, Sequence) or isinstance(branches, str):
        raise SchemaUnusable(f"{place}: anyOf")
    for branch in branches:
        # Which properties an object's branches declare together is beyond a closure.
        if not isinstance(branch, Mapping) or str(branch.get("type")) not in _NOT_OBJECTS:
            raise Beyond(place)
    checks = tuple(compile_check(branch, place) for branch in branches)

    def check(value: Json) -> None:
        for branch in checks:
            try:
                return branch(value)
            except ArgumentsInvalid:
                continue
        raise ArgumentsInvalid(place, "anyOf")

    return check


def _members(schema: Mapping[str, Json], place: str) -> Check:
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    if not isinstance(properties, Mapping) or not isinstance(required, Sequence):
        raise SchemaUnusable(f"{place}: properties")
    if any(not isinstance(name, str) for name in required):
        raise SchemaUnusable(f"{place}: required")
    needed = tuple(str(name) for name in required)
    declared = {name: compile_check(each, f"{place}.{name}") for name, each in properties.items()}
    others = _others(schema.get("additionalProperties", False), place)

    def check(value: Json) -> None:
        if not isinstance(value, Mapping):
            return
        for name in needed:
            if name not in value:
                raise ArgumentsInvalid(f"{place}.{name}", "required")
        for name, member in value.items():
            declared.get(name, others)(member)

    return check


def _others(schema: Json, place: str) -> Check:
    if schema is False:
        return _require(lambda _: False, place, "an undeclared property")
    return compile_check(schema, f"{place}.*")


_COMPILERS: Mapping[str, Callable[[Json, str], Check]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minLength": _size("minLength", str, int.__ge__),
    "maxLength": _size("maxLength", str, int.__le__),
    "pattern": _pattern,
    "minimum": _bound("minimum", lambda value, limit: value >= limit),
    "maximum": _bound("maximum", lambda value, limit: value <= limit),
    "exclusiveMinimum": _bound("exclusiveMinimum", lambda value, limit: value > limit),
    "exclusiveMaximum": _bound("exclusiveMaximum", lambda value, limit: value < limit),
    "minItems": _size("minItems", list, int.__ge__),
    "maxItems": _size("maxItems", list, int.__le__),
    "items": _items,
    "uniqueItems": _unique,
    "anyOf": _any_of,
}
