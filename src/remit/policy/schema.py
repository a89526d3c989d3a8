"""From a tool's pinned JSON Schema (2020-12) to what policies may know of its arguments.

Strings, integers, booleans, numbers, arrays of these, and objects of all of these have a type;
everything else is Opaque, with the reason that a policy's author will read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from remit.kernel.canonical import Json
from remit.policy.argument_types import (
    ArgumentType,
    Boolean,
    Field,
    Fixed,
    Long,
    Opaque,
    RecordOf,
    Scalar,
    SetOf,
    Text,
)

MAX_DEPTH = 8
MAX_FIELDS = 256
# Keys by which Cedar's JSON escapes from plain values: they never become attributes.
_ESCAPES = frozenset({"", "__entity", "__extn", "__expr"})
# What may let an object hold more properties than it lists under `properties`.
_OPENING = (
    *("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else"),
    *("dependentSchemas", "patternProperties"),
)
# Beside these, a reference says nothing of its own (2020-12 section 9, annotations).
_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "deprecated", "$comment"})


def describe_input(schema: Mapping[str, Json]) -> RecordOf:
    """What policies may know of the arguments that this schema describes."""
    return _Describer(schema).record(schema, MAX_DEPTH, root=True)


class _Describer:
    def __init__(self, root: Mapping[str, Json]) -> None:
        self._root = root

    def record(self, schema: Mapping[str, Json], depth: int, *, root: bool = False) -> RecordOf:
        properties = schema.get("properties")
        listed = properties if isinstance(properties, Mapping) else {}
        if len(listed) > MAX_FIELDS:
            return RecordOf({}, f"it has more than {MAX_FIELDS} properties")
        required = schema.get("required")
        needed = set(required) if isinstance(required, Sequence) else set()
        fields = {
            name: Field(self._field(name, each, depth - 1), name in needed)
            for name, each in listed.items()
        }
        return RecordOf(fields, _open_because(schema, root=root))

    def _field(self, name: str, schema: Json, depth: int) -> ArgumentType:
        if name in _ESCAPES:
            return Opaque("its name has a meaning of its own in Cedar's JSON")
        return self._type(schema, depth)

    def _type(self, schema: Json, depth: int) -> ArgumentType:
        if depth <= 0:
            return Opaque(f"it is nested deeper than {MAX_DEPTH}")
        if not isinstance(schema, Mapping):
            return Opaque("it may be any value")
        if "$ref" in schema:
            return self._referenced(schema, depth)
        match schema.get("type"):
            case "object" if "properties" in schema:
                return self.record(schema, depth)
            case "object":
                return Opaque("it is a free-form object")
            case "array":
                return self._array(schema, depth)
            case "string" | "integer" | "number" | "boolean" as kind:
                return _scalar(str(kind), schema)
            case None if "enum" in schema or "const" in schema:
                return _chosen(schema)
            case None:
                return Opaque("it has no single type")
            case _:
                return Opaque("it may be of several types, or null")

    def _referenced(self, schema: Mapping[str, Json], depth: int) -> ArgumentType:
        if not schema.keys() <= _ANNOTATIONS | {"$ref"}:
            return Opaque("it is a reference with conditions of its own")
        target: Json = self._root
        pointer = schema["$ref"]
        if not isinstance(pointer, str) or not pointer.startswith("#/"):
            return Opaque("it is a reference that Remit does not follow")
        for step in pointer[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if isinstance(target, Mapping) else None
        # A reference to itself ends at the depth limit.
        return self._type(target, depth - 1)

    def _array(self, schema: Mapping[str, Json], depth: int) -> ArgumentType:
        if "prefixItems" in schema:
            return Opaque("it is an array of mixed types")
        element = self._type(schema.get("items"), depth - 1)
        if isinstance(element, Opaque | SetOf | RecordOf):
            return Opaque("it is an array of more than plain values")
        least = schema.get("minItems")
        return SetOf(element, may_be_empty=not (isinstance(least, int) and least >= 1))


def _scalar(kind: str, schema: Mapping[str, Json]) -> ArgumentType:
    chosen = _chosen(schema) if "enum" in schema or "const" in schema else None
    match kind:
        case "string":
            return chosen if isinstance(chosen, Text) else Text()
        case "integer":
            long = chosen if isinstance(chosen, Long) else Long()
            return replace(
                long, minimum=_integer(schema, "minimum"), maximum=_integer(schema, "maximum")
            )
        case "number":
            return Fixed()
        case _:
            return Boolean()


def _chosen(schema: Mapping[str, Json]) -> Scalar | Opaque:
    listed = schema.get("enum")
    values = listed if isinstance(listed, Sequence) else [schema.get("const")]
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return Text(tuple(value for value in values if isinstance(value, str)))
    if kinds == {bool}:
        return Boolean()
    if kinds == {int}:
        return Long(tuple(value for value in values if isinstance(value, int)))
    return Opaque("it is one of values of several types")


def _integer(schema: Mapping[str, Json], keyword: str) -> int | None:
    bound = schema.get(keyword)
    return bound if type(bound) is int else None


def _open_because(schema: Mapping[str, Json], *, root: bool) -> str | None:
    if root and schema.get("type") != "object":
        return "its schema does not say that it is an object"
    if schema.get("additionalProperties", False) is not False:
        return "it accepts undeclared properties"
    if schema.get("unevaluatedProperties", False) is not False:
        return "it accepts undeclared properties"
    for keyword in _OPENING:
        if keyword in schema and schema.get("additionalProperties") is not False:
            return f"`{keyword}` may declare properties that are not under `properties`"
    return None
