"""From text to documents: each typed, each knowing its lines, none doubled."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from remit.manifest.documents import Document
from remit.manifest.yaml import Located, ManifestError, Path, read_yaml

_STEP = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]")

_UNKNOWN = re.compile(r"unknown field `([^`]+)`")


@dataclass(frozen=True, slots=True)
class Declared:
    """One document and where it stands."""

    document: Document
    located: Located = field(repr=False)

    @property
    def kind(self) -> str:
        """The kind, as it is written."""
        return str(self.document.__struct_config__.tag)

    def fault(self, path: Path, said: str) -> ManifestError:
        """An error at a value of this document."""
        return self.located.fault(path, f"{self.kind} {self.document.name}: {said}")


def read_manifest(text: str, source: str) -> Sequence[Declared]:
    """All documents of a file; raises ManifestError that lists every faulty one, with its line."""
    declared: list[Declared] = []
    faults: list[str] = []
    for located in read_yaml(text, source):
        try:
            document = msgspec.convert(located.content, Document)
        except msgspec.ValidationError as problem:
            faults.append(_explain(located, str(problem)))
        else:
            declared.append(Declared(document, located))
    faults.extend(_doubled(declared))
    if faults:
        raise ManifestError("\n".join(faults))
    return declared


def verify_distinct(declared: Sequence[Declared]) -> Sequence[Declared]:
    """The same documents, of several files, if none is declared twice; else ManifestError."""
    faults = tuple(_doubled(declared))
    if faults:
        raise ManifestError("\n".join(faults))
    return declared


def _doubled(declared: Sequence[Declared]) -> Iterator[str]:
    seen: dict[tuple[str, str], Declared] = {}
    for each in declared:
        first = seen.setdefault((each.kind, each.document.name), each)
        if first is not each:
            place = f"{first.located.source}:{first.located.line_of(('metadata', 'name'))}"
            yield each.fault(("metadata", "name"), f"is declared already, at {place}").detail


def _explain(located: Located, problem: str) -> str:
    """A validator's sentence with the line of what it is about."""
    said, _, place = problem.partition(" - at `")
    path: list[str | int] = []
    for member, index in _STEP.findall(place):
        path.append(member or (int(index) if index.isdigit() else index))
    where = ".".join(str(step) for step in path) or "document"
    unknown = _UNKNOWN.search(said)
    if unknown is not None:
        path.append(unknown[1])
    return located.fault(tuple(path), f"{where}: {said}").detail
