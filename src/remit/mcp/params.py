"""Tool parameters that are mirrored into headers: `x-mcp-header` (server/tools, streamable-http).

An annotation counts only on a primitive property that is reached from the root through `properties`
alone. Everywhere else it makes the whole definition one that clients must reject.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.kernel.canonical import Json
from remit.mcp.errors import HeaderMismatch, ToolDefinitionInvalid
from remit.mcp.headers import Header, MCPHeaders, decode_value, encode_value

ANNOTATION = "x-mcp-header"

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}")
_PRIMITIVES = frozenset({"string", "integer", "boolean"})
_DECIMAL = re.compile(r"(-?(?:0|[1-9][0-9]{0,15}))(?:\.0+)?")

# JSON Schema 2020-12 (and draft-07): keywords whose values are schemas, by the form of the value.
_ONE = frozenset({
    "additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items",
    "not", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
})  # fmt: skip
_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
_NAMED = frozenset({
    "$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeaderParameter:
    """An argument that travels in `Mcp-Param-{header}` too; `path` leads to it in the arguments."""

    path: tuple[str, ...]
    header: str
    kind: str


def read_header_parameters(input_schema: Json) -> tuple[HeaderParameter, ...]:
    """The annotated parameters of a schema. Raises ToolDefinitionInvalid if one is invalid."""
    found: dict[str, HeaderParameter] = {}
    for path, schema in _schemas(input_schema):
        if ANNOTATION not in schema:
            continue
        header, kind = schema[ANNOTATION], schema.get("type")
        if not path:
            raise ToolDefinitionInvalid("x-mcp-header where no argument can be found")
        if not isinstance(header, str) or not _TOKEN.fullmatch(header):
            raise ToolDefinitionInvalid("x-mcp-header that is no header name")
        if not isinstance(kind, str) or kind not in _PRIMITIVES:
            raise ToolDefinitionInvalid("x-mcp-header on what is no string, integer or boolean")
        if header.lower() in found:
            raise ToolDefinitionInvalid("x-mcp-header with the same name twice")
        found[header.lower()] = HeaderParameter(path, header, kind)
    return tuple(found.values())


def _schemas(root: Json) -> Iterator[tuple[tuple[str, ...] | None, Mapping[str, Json]]]:
    """Each schema in `root` with the properties that lead to it; None once anything else does."""
    waiting: list[tuple[tuple[str, ...] | None, Json]] = [((), root)]
    while waiting:
        path, schema = waiting.pop()
        if not isinstance(schema, Mapping):
            continue
        yield path, schema
        for keyword, value in schema.items():
            if keyword in _NAMED and isinstance(value, Mapping):
                is_direct = keyword == "properties" and path is not None
                for name, inner in value.items():
                    waiting.append(((*(path or ()), name) if is_direct else None, inner))
            elif keyword in _MANY and isinstance(value, list):
                waiting.extend((None, inner) for inner in value)
            elif keyword in _ONE:
                waiting.append((None, value))


def verify_parameter_headers(
    parameters: tuple[HeaderParameter, ...], arguments: Mapping[str, Json], headers: MCPHeaders
) -> tuple[Header, ...]:
    """The headers for these arguments, written anew; the caller's were compared with the body.

    Raises HeaderMismatch where a header is missing, differs, or has no argument. Headers that the
    schema does not know are ignored, and end here.
    """
    written: list[Header] = []
    for parameter in parameters:
        name = f"Mcp-Param-{parameter.header}"
        stated = headers.find_param(parameter.header)
        said = _render(_value_at(arguments, parameter.path))
        if said is None:
            if stated is not None:
                raise HeaderMismatch("a header without its argument", named=name)
            continue
        if stated is None:
            raise HeaderMismatch("an argument without its header", named=name)
        if not _is_same(decode_value(stated, name), said, parameter.kind):
            raise HeaderMismatch("a header differs from its argument", named=name)
        written.append((name.lower().encode("ascii"), encode_value(said).encode("ascii")))
    return tuple(written)


def write_parameter_headers(
    parameters: tuple[HeaderParameter, ...], arguments: Mapping[str, Json]
) -> tuple[Header, ...]:
    """The headers that a client of ours sends for these arguments."""
    said = ((p, _render(_value_at(arguments, p.path))) for p in parameters)
    return tuple(
        (f"mcp-param-{p.header.lower()}".encode("ascii"), encode_value(text).encode("ascii"))
        for p, text in said
        if text is not None
    )


def _value_at(arguments: Mapping[str, Json], path: tuple[str, ...]) -> Json:
    value: Json = arguments
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _render(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int) else None


def _is_same(stated: str, said: str, kind: str) -> bool:
    if stated == said:
        return True
    # Server Validation: integers are compared as numbers, `42.0` is `42`.
    match = _DECIMAL.fullmatch(stated) if kind == "integer" else None
    return match is not None and match[1] == said
