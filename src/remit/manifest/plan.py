"""A plan: what would change, in the order in which it must, each step doing one thing.

Steps are computed against the state of now, and carried out against the state of then: each verb
checks again, and a plan that has become wrong fails at the step where it did.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from remit.kernel.canonical import digest_bytes
from remit.kernel.ids import HumanId
from remit.manifest.documents import Document
from remit.manifest.read import Declared


class Change(StrEnum):
    """What a step does."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: to what, what changes, and how. `perform` is None where nothing does."""

    change: Change
    kind: str
    name: str
    what: str
    perform: Callable[[HumanId], Awaitable[object]] | None = field(default=None, repr=False)


def unchanged(declared: Declared) -> Step:
    """The step that does nothing."""
    return Step(Change.UNCHANGED, declared.kind, declared.document.name, "")


def create(declared: Declared, what: str, perform: Callable[[HumanId], Awaitable[object]]) -> Step:
    """The step that makes what is not there."""
    return Step(Change.CREATE, declared.kind, declared.document.name, what, perform)


def update(declared: Declared, what: str, perform: Callable[[HumanId], Awaitable[object]]) -> Step:
    """The step that changes what is there."""
    return Step(Change.UPDATE, declared.kind, declared.document.name, what, perform)


def describe_difference(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """The members that differ, old and new, in one line; empty where none does."""
    parts = [
        f"{name}: {_show(before.get(name))} -> {_show(after.get(name))}"
        for name in after
        if before.get(name) != after.get(name)
    ]
    return "; ".join(parts)


def _show(value: object) -> str:
    match value:
        case None:
            return "none"
        case bytes():
            # A document of somebody's making: which one it is, not what it holds.
            return digest_bytes(value)[:19]
        case frozenset():
            return ",".join(sorted(map(str, value))) or "none"
        case _:
            text = str(value)
            return text if len(text) <= 60 else text[:57] + "..."


class References:
    """The names that documents may refer to: what is there, and what the same manifest declares."""

    def __init__(self, declared: Sequence[Declared]) -> None:
        self._declared = {(each.kind, each.document.name): each.document for each in declared}

    def find(self, kind: str, name: str) -> Document | None:
        """The document of the manifest that declares a name."""
        return self._declared.get((kind, name))

    def check(
        self,
        declared: Declared,
        path: tuple[str | int, ...],
        kind: str,
        name: str,
        known: object | None,
    ) -> str:
        """The name, if something of that kind has it or will have it; else an error at its line."""
        if known is None and (kind, name) not in self._declared:
            raise declared.fault(path, f"there is no {kind} named {name!r}, here or in the server")
        return name
