"""The audit log, read: the newest records, and why something was refused."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from remit.audit.entries import Entry
from remit.kernel.ids import EventId, HumanId
from remit.web.admin.action import Action, Asked
from remit.web.admin.explain import explain

ReadTail: TypeAlias = Callable[[int, str | None, str | None], Sequence[Entry]]
LoadEntry: TypeAlias = Callable[[EventId], Entry]
# Waits until what was accepted is committed, so that whoever was just refused can ask why.
Settle: TypeAlias = Callable[[], Awaitable[object]]


class Tail(Asked, frozen=True, kw_only=True):
    """How many of the newest records, of which agent (id) and which type."""

    count: Annotated[int, Meta(ge=1, le=1000)] = 20
    agent: str | None = None
    type: str | None = None


class OneEvent(Asked, frozen=True, kw_only=True):
    """One record by its event id."""

    event: str


class AuditActions:
    """What can be asked of the log."""

    def __init__(self, read_tail: ReadTail, load_entry: LoadEntry, settle: Settle) -> None:
        self._read_tail = read_tail
        self._load_entry = load_entry
        self._settle = settle

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        return (
            Action("/v1/audit/tail", Tail, self._tail),
            Action("/v1/audit/explain", OneEvent, self._explain),
        )

    async def _tail(self, by: HumanId, asked: Tail) -> list[Any]:
        await self._settle()
        entries = self._read_tail(asked.count, asked.agent, asked.type)
        return [msgspec.json.decode(entry.leaf) for entry in entries]

    async def _explain(self, by: HumanId, asked: OneEvent) -> dict[str, Any]:
        await self._settle()
        record = msgspec.json.decode(self._load_entry(EventId(asked.event)).leaf)
        return {**record, "explanation": explain(record)}
