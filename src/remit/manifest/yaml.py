"""YAML with line numbers, and with nothing clever in it.

Documents are plain data: anchors, aliases, tags and doubled keys are refused, so that what a
reviewer reads is what is applied. Every value keeps the line that it stands on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from remit.kernel.errors import Malformed

MAX_BYTES = 4 << 20
MAX_DEPTH = 32
_TAG = "tag:yaml.org,2002:"
_WORDS = {"true": True, "false": False}

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"
Path: TypeAlias = tuple[str | int, ...]


class ManifestError(Malformed):
    """A document says something that cannot be meant; `detail` names the file and the line."""

    error = "invalid_manifest"
    description = "The manifest is not acceptable."


@dataclass(frozen=True, slots=True)
class Located:
    """One document: its plain content, and the line of each value by its path. Lines are from 1."""

    source: str
    content: Plain
    lines: Mapping[Path, int] = field(repr=False)

    def line_of(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fault(self, path: Path, said: str) -> ManifestError:
        """An error at a value of this document."""
        return ManifestError(f"{self.source}:{self.line_of(path)}: {said}")


def read_yaml(text: str, source: str) -> list[Located]:
    """The documents of a file, empty ones left out; raises ManifestError with a line number."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise ManifestError(f"{source}: larger than {MAX_BYTES} bytes")
    reader = YAML(typ="safe", pure=True)
    try:
        _refuse_cleverness(reader, text, source)
        nodes = list(reader.compose_all(text))
    except MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = 1 if mark is None else mark.line + 1
        raise ManifestError(f"{source}:{line}: {problem.problem or problem.context}") from None
    except (YAMLError, RecursionError, ValueError) as problem:
        raise ManifestError(f"{source}: {problem}") from None
    return [_locate(node, source) for node in nodes if not _is_empty(node)]


def _refuse_cleverness(reader: YAML, text: str, source: str) -> None:
    depth = 0
    for event in reader.parse(text):
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise ManifestError(f"{source}:{line}: anchors and aliases are not taken here")
        if isinstance(event, MappingStartEvent | SequenceStartEvent) and event.tag:
            raise ManifestError(f"{source}:{line}: tags are not taken here")
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise ManifestError(f"{source}:{line}: nested deeper than {MAX_DEPTH}")


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == ""


def _locate(node: Node, source: str) -> Located:
    lines: dict[Path, int] = {}
    return Located(source, _plain(node, (), lines, source), lines)


def _plain(node: Node, path: Path, lines: dict[Path, int], source: str) -> Plain:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, MappingNode):
        return dict(_members(node, path, lines, source))
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, at), lines, source) for at, item in enumerate(node.value)]
    return _scalar(node, source)


def _members(
    node: MappingNode, path: Path, lines: dict[Path, int], source: str
) -> Iterator[tuple[str, Plain]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise ManifestError(f"{source}:{line}: a key must be plain text")
        if key.value in seen:
            raise ManifestError(f"{source}:{line}: {key.value!r} stands here twice")
        seen.add(key.value)
        yield key.value, _plain(value, (*path, key.value), lines, source)
        lines[(*path, key.value)] = line


def _scalar(node: Node, source: str) -> Plain:
    text: str = node.value
    kind = str(node.tag).removeprefix(_TAG)
    line = node.start_mark.line + 1
    try:
        match kind:
            case "str" | "timestamp":
                return text
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return _WORDS[text]
            case "null":
                return None
            case _:
                raise ManifestError(f"{source}:{line}: tags are not taken here")
    except (ValueError, KeyError):
        raise ManifestError(f"{source}:{line}: write {text!r} in quotes if text is meant") from None
