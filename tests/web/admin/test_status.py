import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from remit.kernel.errors import Malformed
from remit.kernel.ids import HumanId
from remit.web.admin.asked import Nothing
from remit.web.admin.status import Destination, StatusActions

ALICE = HumanId("hum_alice")


class Copies:
    """Remembers where backups were asked for."""

    def __init__(self) -> None:
        self.made: list[Path] = []

    async def __call__(self, target: Path) -> Mapping[str, Any]:
        self.made.append(target)
        return {"log": "log_1"}


def test_the_status_is_what_the_server_says() -> None:
    status, _ = StatusActions(lambda: {"ready": True}, Copies()).actions()

    async def ask() -> object:
        return await status.perform(ALICE, Nothing())

    assert asyncio.run(ask()) == {"ready": True}


@pytest.mark.parametrize("path", ["", "saved", "./saved", "../saved", "~/saved"])
def test_a_backup_goes_to_an_absolute_path(path: str) -> None:
    copies = Copies()
    _, backup = StatusActions(dict, copies).actions()

    async def ask(path: str) -> object:
        return await backup.perform(ALICE, Destination(path=path))

    with pytest.raises(Malformed):
        asyncio.run(ask(path))
    assert copies.made == []
    assert asyncio.run(ask("/somewhere/saved")) == {"log": "log_1"}
    assert copies.made == [Path("/somewhere/saved")]
