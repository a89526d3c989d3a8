"""An HTTP request as the typed arguments of a tool: from its path, its query and its JSON body.

Each parameter is read as its pinned schema's type, from its own place; whatever is not a declared
parameter is refused, so that nothing goes upstream that was not decided on.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from remit.identity.tools import HTTPBinding, HTTPParameter, ParameterIn
from remit.kernel.canonical import Json
from remit.kernel.numbers import read_decimal, read_integer
from remit.policy.refusals import ArgumentsInvalid

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}


def gather_arguments(
    binding: HTTPBinding,
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: Mapping[str, Json],
) -> Mapping[str, Json]:
    """The arguments of one request, each under its parameter's name."""
    parameters = {parameter.name: parameter for parameter in binding.parameters}
    arguments: dict[str, Json] = {}
    for place, values in ((ParameterIn.PATH, path), (ParameterIn.QUERY, query)):
        for name, text in values.items():
            arguments[name] = _read(_find(parameters, name, place), text)
    for name, value in body.items():
        arguments[_find(parameters, name, ParameterIn.BODY).name] = value
    return arguments


def takes_body(binding: HTTPBinding) -> bool:
    """Whether any parameter stands in the body."""
    return any(parameter.place is ParameterIn.BODY for parameter in binding.parameters)


def _find(parameters: Mapping[str, HTTPParameter], name: str, place: ParameterIn) -> HTTPParameter:
    parameter = parameters.get(name)
    if parameter is None or parameter.place is not place:
        raise ArgumentsInvalid(place.value, "no parameter of this name")
    return parameter


def _read(parameter: HTTPParameter, text: str) -> Json:
    match _type_of(parameter.schema):
        case "string":
            return text
        case "integer" if _INTEGER.fullmatch(text):
            return read_integer(text)
        case "number" if _INTEGER.fullmatch(text):
            return read_integer(text)
        case "number" if _NUMBER.fullmatch(text):
            return read_decimal(text)
        case "boolean" if text in _BOOLEANS:
            return _BOOLEANS[text]
        case kind:
            raise ArgumentsInvalid(parameter.name, f"not a plain {kind}")


@lru_cache(maxsize=4096)
def _type_of(schema: str) -> str:
    """The one type that a path or query parameter's schema names; text where it names none."""
    content = json.loads(schema)
    kind = content.get("type") if isinstance(content, dict) else None
    if kind is None and isinstance(content, dict) and "enum" in content:
        return "string"
    return kind if isinstance(kind, str) else "scalar"
