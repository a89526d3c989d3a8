"""Which HTTP tool a method and a path are, and which path a tool's arguments make.

A path belongs to the tool whose template agrees in the most literal segments from the left, as
routers read them; a target that would be read as another tool's is refused, whoever asks for it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from remit.identity.tools import HTTPBinding, Tool
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import Malformed
from remit.kernel.paths import check_segment
from remit.proxy.errors import AmbiguousRequest

_NAMED = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)\}")


@lru_cache(maxsize=4096)
def parse_template(template: str) -> tuple[tuple[bool, str], ...]:
    """The segments of a template: whether each is a parameter, and its name or literal text."""
    if not template.startswith("/"):
        raise Malformed("a path template begins with a slash")
    if template == "/":
        return ()
    return tuple(_segment(piece) for piece in template[1:].split("/"))


def _segment(piece: str) -> tuple[bool, str]:
    named = _NAMED.fullmatch(piece)
    if named is not None:
        return True, named[1]
    if "{" in piece or "}" in piece:
        raise Malformed("a parameter of a path template is a whole segment")
    return False, check_segment(piece)


def find_tool(
    tools: Iterable[Tool], method: str, segments: Sequence[str]
) -> tuple[Tool, Mapping[str, str]] | None:
    """The tool that a request is, and the text of its path parameters; None if it is none.

    Raises AmbiguousRequest where two templates agree equally well.
    """
    best: list[tuple[tuple[bool, ...], Tool, Mapping[str, str]]] = []
    for tool in tools:
        if tool.http is None or tool.http.method != method:
            continue
        template = parse_template(tool.http.path_template)
        values = _match(template, segments)
        if values is not None:
            best.append((_shape(template), tool, values))
    if not best:
        return None
    best.sort(key=lambda found: found[0])
    if len(best) > 1 and best[0][0] == best[1][0]:
        raise AmbiguousRequest(f"{best[0][1].name} and {best[1][1].name} have the same path")
    return best[0][1], best[0][2]


def check_unmistakable(tools: Iterable[Tool], tool: Tool, segments: Sequence[str]) -> None:
    """Raises AmbiguousRequest where an upstream that ignores case would find another tool here."""
    if tool.http is None:
        return
    shape = _shape(parse_template(tool.http.path_template))
    if not any(shape):
        return
    folded = [segment.casefold() for segment in segments]
    for other in tools:
        if other.http is None or other.http.method != tool.http.method or other.name == tool.name:
            continue
        template = parse_template(other.http.path_template)
        lowered = tuple((is_named, text.casefold()) for is_named, text in template)
        if _shape(template) < shape and _match(lowered, folded) is not None:
            raise AmbiguousRequest(f"a path of {tool.name} that is {other.name}'s but for case")


def _shape(template: tuple[tuple[bool, str], ...]) -> tuple[bool, ...]:
    return tuple(is_named for is_named, _ in template)


def _match(
    template: tuple[tuple[bool, str], ...], segments: Sequence[str]
) -> Mapping[str, str] | None:
    if len(template) != len(segments):
        return None
    values: dict[str, str] = {}
    for (is_named, text), segment in zip(template, segments, strict=True):
        if is_named:
            values[text] = segment
        elif text != segment:
            return None
    return values


def fill_template(binding: HTTPBinding, arguments: Mapping[str, Json]) -> tuple[str, ...]:
    """The segments of the path that these arguments make; Malformed if one cannot be a segment."""
    return tuple(
        check_segment(write_scalar(arguments.get(text))) if is_named else text
        for is_named, text in parse_template(binding.path_template)
    )


def write_scalar(value: Json) -> str:
    """A scalar as it stands in a path or a query: the canonical text, without quotes."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (list, tuple, Mapping)):
        raise Malformed("a path or query parameter that is missing, or not a scalar")
    return canonicalize(value).decode()
