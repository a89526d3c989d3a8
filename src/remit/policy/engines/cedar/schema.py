"""Cedar's schema of one target, in Cedar's JSON: the entities of Remit, one action, its context."""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from remit.kernel.canonical import Json
from remit.policy.argument_types import (
    ArgumentType,
    Boolean,
    Fixed,
    Long,
    Opaque,
    RecordOf,
    SetOf,
    Text,
)
from remit.policy.engines.cedar.facts import FACTS, ContextShape
from remit.policy.engines.cedar.target import MINT, Target

_STRING: Mapping[str, Json] = {"type": "String"}
_STRINGS: Mapping[str, Json] = {"type": "Set", "element": _STRING}


def _record(attributes: Mapping[str, Json]) -> Mapping[str, Json]:
    return {"type": "Record", "attributes": attributes}


# `owner` is a Human by id: a name may be another person's tomorrow in the directory it came from.
_ENTITIES: Mapping[str, Json] = {
    "Human": {},
    "Agent": {
        "shape": _record(
            {
                "owner": {"type": "Entity", "name": "Human"},
                "system": _STRING,
                "environment": _STRING,
                "purposes": _STRINGS,
            }
        )
    },
    "Server": {"shape": _record({"protocol": _STRING})},
    "Catalogue": {},
    "Tool": {
        "memberOfTypes": ["Server"],
        "shape": _record({"name": _STRING, "risk": _STRING, "classes": _STRINGS}),
    },
}
# Groups of actions, so that a policy can be about all reads, or all calls.
_GROUPS: Mapping[str, Json] = {
    "call": {},
    "read": {"memberOf": [{"id": "call"}]},
    "write": {"memberOf": [{"id": "call"}]},
    "admin": {"memberOf": [{"id": "call"}]},
}


def full_shape(target: Target) -> ContextShape:
    """Everything that a policy about this target may read."""
    return ContextShape(tuple(FACTS), target.record, lifetime=target.action == MINT)


def write_schema(target: Target, shape: ContextShape) -> str:
    """The schema text for a target whose context has this shape."""
    context: dict[str, Json] = {}
    if shape.facts:
        context["f"] = _record({name: {"type": FACTS[name].type} for name in shape.facts})
    if shape.input is not None:
        context["input"] = _argument(shape.input)
    if shape.lifetime:
        context["lifetime"] = {"type": "Long"}
    action: Mapping[str, Json] = {
        "memberOf": [{"id": group} for group in target.groups],
        "appliesTo": {
            "principalTypes": ["Agent"],
            "resourceTypes": [target.resource[0].removeprefix("Remit::")],
            "context": _record(context),
        },
    }
    actions = {**_GROUPS, target.action: action}
    schema = {"Remit": {"entityTypes": _ENTITIES, "actions": actions}}
    return msgspec.json.encode(schema).decode()


def _argument(kind: ArgumentType) -> Mapping[str, Json]:
    match kind:
        case Text():
            return _STRING
        case Long():
            return {"type": "Long"}
        case Boolean():
            return {"type": "Boolean"}
        case Fixed():
            return {"type": "Extension", "name": "decimal"}
        case SetOf(element=element):
            return {"type": "Set", "element": _argument(element)}
        case RecordOf(fields=fields):
            return _record(
                {
                    name: {**_argument(field.type), "required": field.required}
                    for name, field in fields.items()
                    if not isinstance(field.type, Opaque)
                }
            )
        case Opaque():
            raise ValueError("an opaque part has no type")
        case unreachable:
            assert_never(unreachable)
