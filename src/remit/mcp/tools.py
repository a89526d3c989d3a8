"""Tool definitions: what is pinned, and what in them would mislead a person or a model.

The digest covers the whole definition, with every member that there is: a description, an
annotation or an icon that changes, changes the digest, and so do members that nobody knows yet.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from remit.kernel.canonical import Json, canonicalize, digest_bytes
from remit.kernel.errors import Malformed
from remit.mcp.errors import ToolDefinitionInvalid
from remit.mcp.names import find_collisions, has_invisible_text
from remit.mcp.params import HeaderParameter, read_header_parameters

_MAX_NAME = 256
# server/tools, Tool Names: what names SHOULD be made of.
_USUAL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """One tool as its server describes it. `canonical` is the whole of it, `digest` its digest."""

    name: str
    title: str | None
    description: str | None
    input_schema: Mapping[str, Json] = field(repr=False)
    output_schema: Mapping[str, Json] | None = field(repr=False)
    header_parameters: tuple[HeaderParameter, ...]
    canonical: bytes = field(repr=False)
    digest: str


class Suspicion(StrEnum):
    """Why a person should look twice before approving a definition."""

    UNUSUAL_NAME = "unusual_name"
    INVISIBLE_TEXT = "invisible_text"
    NAME_COLLISION = "name_collision"
    EXTERNAL_REFERENCE = "external_reference"


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicion, the tool it is about, and where: a member's path, or the other tool's name."""

    tool: str
    suspicion: Suspicion
    where: str


def parse_tool(definition: Json) -> ToolDefinition:
    """The definition, if it is one that clients may use. Raises ToolDefinitionInvalid."""
    if not isinstance(definition, Mapping):
        raise ToolDefinitionInvalid("a tool that is no object")
    name, schema = definition.get("name"), definition.get("inputSchema")
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME:
        raise ToolDefinitionInvalid("a tool without a name, or with one too long")
    # schema.ts, Tool: an input schema is an object schema at its root.
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise ToolDefinitionInvalid("a tool whose inputSchema is no object schema")
    output = definition.get("outputSchema")
    if output is not None and not isinstance(output, Mapping):
        raise ToolDefinitionInvalid("a tool whose outputSchema is no schema")
    if not isinstance(definition.get("annotations", {}), Mapping):
        raise ToolDefinitionInvalid("a tool whose annotations are no object")
    try:
        canonical = canonicalize(definition)
    except Malformed as refused:
        raise ToolDefinitionInvalid(refused.detail) from None
    return ToolDefinition(
        name=name,
        title=_text(definition, "title"),
        description=_text(definition, "description"),
        input_schema=schema,
        output_schema=output,
        header_parameters=read_header_parameters(schema),
        canonical=canonical,
        digest=digest_bytes(canonical),
    )


def _text(definition: Mapping[str, Json], member: str) -> str | None:
    value = definition.get(member)
    if value is not None and not isinstance(value, str):
        raise ToolDefinitionInvalid(f"a tool whose {member} is no text")
    return value


def parse_tools(definitions: Json) -> tuple[ToolDefinition, ...]:
    """All tools of a list. Raises ToolDefinitionInvalid, also for a name that is there twice."""
    if not isinstance(definitions, Sequence) or isinstance(definitions, str):
        raise ToolDefinitionInvalid("tools that are no list")
    tools = tuple(parse_tool(definition) for definition in definitions)
    if len({tool.name for tool in tools}) != len(tools):
        raise ToolDefinitionInvalid("two tools of one name")
    return tools


def find_suspicions(definition: Json) -> tuple[Finding, ...]:
    """What is odd in one definition, in the order of its members."""
    tool = parse_tool(definition)
    found: list[Finding] = []
    if not _USUAL_NAME.fullmatch(tool.name):
        found.append(Finding(tool.name, Suspicion.UNUSUAL_NAME, "name"))
    for path, text in _texts(definition):
        if has_invisible_text(text):
            found.append(Finding(tool.name, Suspicion.INVISIBLE_TEXT, path))
        if path.rpartition(".")[2] in ("$ref", "$dynamicRef") and not text.startswith("#"):
            # basic/index, $ref resolution: references to elsewhere are never fetched by themselves.
            found.append(Finding(tool.name, Suspicion.EXTERNAL_REFERENCE, path))
    return tuple(dict.fromkeys(found))


def find_name_collisions(names: Iterable[str]) -> tuple[Finding, ...]:
    """Names that could be taken for one another, within one server or across several."""
    return tuple(
        Finding(name, Suspicion.NAME_COLLISION, other) for name, other in find_collisions(names)
    )


def _texts(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, Json]] = [(path, value)]
    while waiting:
        where, found = waiting.pop()
        if isinstance(found, str):
            yield where, found
        elif isinstance(found, Mapping):
            for name, inner in reversed([*found.items()]):
                inside = f"{where}.{name}" if where else name
                waiting.append((inside, inner))
                if has_invisible_text(name):
                    yield inside, name
        elif isinstance(found, Sequence):
            waiting.extend((f"{where}[{i}]", inner) for i, inner in reversed([*enumerate(found)]))
