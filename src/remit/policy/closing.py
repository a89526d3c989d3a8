"""A JSON Schema made closed: an object that lists properties holds no undeclared ones.

JSON Schema lets undeclared properties pass unless it is told otherwise; here they pass only where
the schema says so itself. Written with `unevaluatedProperties` (2020-12 core, section 11.3), which
sees through references and branches. What is closed is checked beside the original, never instead.
"""

from collections.abc import Iterator, Mapping, Sequence

from remit.kernel.canonical import Json
from remit.policy.refusals import SchemaUnusable

_SAYS_ITSELF = frozenset({"additionalProperties", "unevaluatedProperties"})
_CHILD_MAPS = frozenset({"properties"})
_CHILDREN = frozenset({"items", "additionalProperties", "prefixItems"})
_IN_PLACE_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_IN_PLACE = frozenset({"then", "else"})
_IN_PLACE_MAPS = frozenset({"$defs", "definitions", "dependentSchemas"})
MAX_REFERENCES = 64


def close(schema: Mapping[str, Json]) -> Mapping[str, Json]:
    """The closed form of a tool's input schema; its top level is closed whatever it lists."""
    closed = _Closer(schema).inside(schema)
    return closed if _SAYS_ITSELF & closed.keys() else {**closed, "unevaluatedProperties": False}


class _Closer:
    def __init__(self, root: Mapping[str, Json]) -> None:
        self._root = root

    def inside(self, schema: Mapping[str, Json]) -> dict[str, Json]:
        """The schema with its children closed. What stands under `not` and `if` stays as it is."""
        return {key: self._keyword(key, value) for key, value in schema.items()}

    def _keyword(self, key: str, value: Json) -> Json:
        if key in _CHILDREN:
            return self._each(value, child=True)
        if key in _IN_PLACE | _IN_PLACE_LISTS:
            return self._each(value, child=False)
        if key in _CHILD_MAPS | _IN_PLACE_MAPS and isinstance(value, Mapping):
            child = key in _CHILD_MAPS
            return {name: self._each(each, child=child) for name, each in value.items()}
        return value

    def _each(self, value: Json, *, child: bool) -> Json:
        if isinstance(value, Mapping):
            closed = self.inside(value)
            if child and self._lists_properties(value):
                closed["unevaluatedProperties"] = False
            return closed
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [self._each(each, child=child) for each in value]
        return value

    def _lists_properties(self, schema: Mapping[str, Json]) -> bool:
        places = list(self._same_place(schema))
        listed = any("properties" in each for each in places)
        return listed and not any(_SAYS_ITSELF & each.keys() for each in places)

    def _same_place(self, schema: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
        """The schemas that apply to the same value: this one, its references and its branches."""
        waiting: list[Json] = [schema]
        seen: list[Json] = []
        while waiting:
            each = waiting.pop()
            if not isinstance(each, Mapping) or any(each is known for known in seen):
                continue
            seen.append(each)
            if len(seen) > MAX_REFERENCES:
                raise SchemaUnusable("too many references and branches in one place")
            yield each
            for key in _IN_PLACE_LISTS:
                branches = each.get(key, ())
                waiting.extend(branches if isinstance(branches, Sequence) else ())
            waiting.extend(each[key] for key in _IN_PLACE if key in each)
            if "$ref" in each:
                waiting.append(follow(self._root, each["$ref"]))


def follow(root: Mapping[str, Json], reference: Json) -> Json:
    """The part of a schema that a local reference (`#`, `#/$defs/x`) names; False where none is."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise SchemaUnusable("a reference leads out of the schema")
    found: Json = root
    for step in reference[1:].split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name, False) if isinstance(found, Mapping) else False
    return found
