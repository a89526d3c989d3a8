"""What the server says of itself, and the one thing that it does for backups."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from remit.kernel.errors import Malformed
from remit.kernel.ids import HumanId
from remit.web.admin.action import Action, Asked
from remit.web.admin.asked import Nothing

Describe: TypeAlias = Callable[[], Mapping[str, Any]]
BackUp: TypeAlias = Callable[[Path], Awaitable[Mapping[str, Any]]]


class Destination(Asked, frozen=True, kw_only=True):
    """Where a backup goes: an absolute path that does not exist yet."""

    path: str


class StatusActions:
    """Status and backup."""

    def __init__(self, describe: Describe, back_up: BackUp) -> None:
        self._describe = describe
        self._back_up = back_up

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        return (
            Action("/v1/status", Nothing, self._status),
            Action("/v1/backup", Destination, self._backup),
        )

    async def _status(self, by: HumanId, asked: Nothing) -> dict[str, Any]:
        return dict(self._describe())

    async def _backup(self, by: HumanId, asked: Destination) -> dict[str, Any]:
        path = Path(asked.path)
        if not path.is_absolute():
            raise Malformed(f"{path} is no absolute path")
        return dict(await self._back_up(path))
