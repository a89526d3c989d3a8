"""Arguments of a call: checked against the tool's pinned schema, and shown to policies as they are.

Undeclared properties are refused unless the schema accepts them explicitly. What policies see is
what the tool gets: a value that cannot be shown exactly is refused where a policy reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import assert_never

from remit.identity.tools import Tool
from remit.kernel.canonical import Json, parse_strict_object
from remit.kernel.errors import Malformed
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
from remit.policy.checks import Beyond, Check, compile_check
from remit.policy.json_schema import compile_by_library
from remit.policy.refusals import ArgumentsInvalid, SchemaUnusable
from remit.policy.schema import describe_input

MAX_SCHEMA_BYTES = 128 << 10
# A compiled schema is a pure function of its text; as many as a large installation has tools.
_KEPT = 4096
# Cedar's decimal is a 64-bit integer of ten-thousandths.
_FIXED_LIMIT = Decimal(2**63 - 1).scaleb(-4)


@dataclass(frozen=True, slots=True)
class InputContract:
    """A tool's input schema, compiled: the check, and what policies may know of it."""

    check: Check
    record: RecordOf
    properties: Mapping[str, Check]


@dataclass(frozen=True, slots=True)
class CheckedArguments:
    """Arguments that fit the pinned schema of the tool: made by `check_arguments` alone."""

    tool: Tool
    arguments: Mapping[str, Json]


def check_arguments(tool: Tool, arguments: Mapping[str, Json]) -> CheckedArguments:
    """The arguments, proved to fit. Raises ArgumentsInvalid, or SchemaUnusable."""
    load_contract(tool.input_schema).check(arguments)
    return CheckedArguments(tool, arguments)


def input_of(tool: Tool, arguments: Mapping[str, Json]) -> Mapping[str, Json]:
    """What policies may see as `context.input`, in Cedar's JSON. Raises ArgumentsInvalid."""
    return show_record(load_contract(tool.input_schema).record, arguments)


@lru_cache(maxsize=_KEPT)
def load_contract(input_schema: str) -> InputContract:
    """The compiled contract of a schema's text. Raises SchemaUnusable."""
    try:
        schema = parse_strict_object(input_schema.encode(), max_bytes=MAX_SCHEMA_BYTES)
    except Malformed as error:
        raise SchemaUnusable(error.detail) from None
    try:
        check = compile_check(schema, root=True)
    except Beyond:
        check = compile_by_library(schema)
    return InputContract(check, describe_input(schema), _property_checks(schema))


def _property_checks(schema: Mapping[str, Json]) -> Mapping[str, Check]:
    """Checks of single properties, where closures can tell: for looking for what may be allowed."""
    properties = schema.get("properties")
    checks: dict[str, Check] = {}
    for name, each in properties.items() if isinstance(properties, Mapping) else ():
        try:
            checks[name] = compile_check(each)
        except (Beyond, SchemaUnusable):
            continue
    return checks


def show_record(
    record: RecordOf, arguments: Mapping[str, Json], place: str = "$"
) -> dict[str, Json]:
    """These fields of the arguments in Cedar's JSON; what is opaque or absent is left out."""
    shown: dict[str, Json] = {}
    for name, field in record.fields.items():
        if name in arguments:
            if not isinstance(field.type, Opaque):
                shown[name] = _show(field.type, arguments[name], f"{place}.{name}")
        elif field.required:
            raise ArgumentsInvalid(f"{place}.{name}", "required")
    return shown


def _show(kind: ArgumentType, value: Json, place: str) -> Json:
    match kind:
        case Text() if isinstance(value, str):
            return value
        case Long() if isinstance(value, float) and value.is_integer():
            # Canonical JSON, which is what the tool gets, writes 1.0 as 1.
            return int(value)
        case Boolean() if isinstance(value, bool):
            return value
        case Long() if isinstance(value, int) and not isinstance(value, bool):
            return value
        case Fixed() if isinstance(value, int | float) and not isinstance(value, bool):
            return _fixed(value, place)
        case SetOf(element=element) if isinstance(value, list):
            return [_show(element, each, f"{place}[]") for each in value]
        case RecordOf() if isinstance(value, Mapping):
            return show_record(kind, value, place)
        case Text() | Long() | Boolean() | Fixed() | SetOf() | RecordOf() | Opaque():
            raise ArgumentsInvalid(place, "type")
        case unreachable:
            assert_never(unreachable)


def _fixed(value: float, place: str) -> Json:
    # repr has the digits that canonical JSON sends; a fifth one is refused, not rounded.
    exact = Decimal(repr(value))
    scaled = exact.scaleb(4)
    if scaled != scaled.to_integral_value() or abs(exact) > _FIXED_LIMIT:
        raise ArgumentsInvalid(place, "a number that policies cannot be shown exactly")
    return {"__extn": {"fn": "decimal", "arg": f"{exact:.4f}"}}
