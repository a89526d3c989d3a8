"""YAML with line numbers, and with nothing clever in it.

Documents are plain data: anchors, aliases, tags, directives, merge keys and doubled keys are
refused, and so is a number that two readers could take for different ones: what a reviewer reads
is what is applied. Every value keeps the line that it stands on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from remit.kernel.errors import Malformed

MAX_BYTES = 4 << 20
MAX_DEPTH = 32
_TAG = "tag:yaml.org,2002:"
_SHOWN = 40
_BLOCKS = ("|", ">")
_WORDS = {"true": True, "false": False}
# Neither octal as YAML 1.1 reads a leading zero, nor underscores: one spelling, one number.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"
Path: TypeAlias = tuple[str | int, ...]


class ManifestError(Malformed):
    """A document says something that cannot be meant; `detail` names the file and the line."""

    error = "invalid_manifest"
    description = "The manifest is not acceptable."


@dataclass(frozen=True, slots=True)
class Located:
    """One document: its plain content, and the line of each value by its path. Lines are from 1.

    `text_lines` says where the text of a scalar begins: below its key, where it is a block.
    """

    source: str
    content: Plain = field(repr=False)
    lines: Mapping[Path, int] = field(repr=False)
    text_lines: Mapping[Path, int] = field(repr=False)

    def line_of(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def line_in(self, path: Path, line: int) -> int:
        """Where a line of a text stands in the file; exact for blocks and texts of one line."""
        return self.text_lines.get(path, self.line_of(path)) + line - 1

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
    except ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise ManifestError(f"{source}:{line}: a character that no document may hold") from None
    except (YAMLError, RecursionError, ValueError) as problem:
        raise ManifestError(f"{source}: {problem}") from None
    return [_locate(node, source) for node in nodes if not _is_empty(node)]


def _refuse_cleverness(reader: YAML, text: str, source: str) -> None:
    depth = 0
    for event in reader.parse(text):
        clever = _clever(event)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            clever = f"nested deeper than {MAX_DEPTH}"
        if clever:
            raise ManifestError(f"{source}:{event.start_mark.line + 1}: {clever}")


def _clever(event: Event) -> str:
    """What is wrong with an event of the parser's, if it is more than plain data."""
    match event:
        case AliasEvent() | NodeEvent(anchor=str()):
            return "anchors and aliases are not taken here"
        case ScalarEvent(tag=str()) | MappingStartEvent(tag=str()) | SequenceStartEvent(tag=str()):
            return "tags are not taken here"
        case DocumentStartEvent() if event.version or event.tags:
            return "directives are not taken here"
        case _:
            return ""


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == ""


def _locate(node: Node, source: str) -> Located:
    lines = _Lines(source, {}, {})
    return Located(source, _plain(node, (), lines), lines.keys, lines.texts)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of one document, as they are found."""

    source: str
    keys: dict[Path, int]
    texts: dict[Path, int]


def _plain(node: Node, path: Path, lines: _Lines) -> Plain:
    begins = node.start_mark.line + 1
    lines.keys[path] = begins
    if isinstance(node, MappingNode):
        return dict(_members(node, path, lines))
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, at), lines) for at, item in enumerate(node.value)]
    is_block = isinstance(node, ScalarNode) and node.style in _BLOCKS
    lines.texts[path] = begins + 1 if is_block else begins
    return _scalar(node, lines.source)


def _members(node: MappingNode, path: Path, lines: _Lines) -> Iterator[tuple[str, Plain]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode) or key.tag == _TAG + "merge":
            raise ManifestError(f"{lines.source}:{line}: a key must be plain text")
        if key.value in seen:
            raise ManifestError(f"{lines.source}:{line}: {key.value!r} stands here twice")
        seen.add(key.value)
        yield key.value, _plain(value, (*path, key.value), lines)
        lines.keys[(*path, key.value)] = line


def _scalar(node: Node, source: str) -> Plain:
    text: str = node.value
    line = node.start_mark.line + 1
    try:
        return _read_scalar(str(node.tag).removeprefix(_TAG), text)
    except UnicodeEncodeError:
        raise ManifestError(f"{source}:{line}: text that UTF-8 cannot carry") from None
    except (ValueError, KeyError):
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
        raise ManifestError(
            f"{source}:{line}: write {shown!r} in quotes if text is meant"
        ) from None


def _read_scalar(kind: str, text: str) -> Plain:
    match kind:
        case "str" | "timestamp":
            text.encode()  # a lone surrogate, from an escape, is no text
            return text
        case "int" if _INTEGER.fullmatch(text):
            return int(text)
        case "float" if "_" not in text and isfinite(float(text)):
            return float(text)
        case "bool":
            return _WORDS[text]
        case "null":
            return None
        case _:
            raise ValueError(kind)
