"""Nothing makes a call be sent twice, not even a revision committed while it is answered."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from remit.client.exchange import Refused
from remit.kernel.canonical import Json
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.secret import Secret
from remit.mcp.replies import ServerNotification
from remit.signals.board import Board
from remit.signals.targets import remit_target
from remit.testing.mcp_upstream import reply, text_result
from remit.testing.upstream import FakeAnswer
from tests.site import TOOLS, Site


def test_a_call_that_is_answered_while_its_remit_is_revised_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async def tale() -> tuple[int, bool]:
        async with Site(tmp_path / "home") as site:
            stops, book = site.parts.control.stops, site.parts.control.book
            remit = book.load_named(ROOT_TENANT, "take-notes")
            target = remit_target(ROOT_TENANT, remit.id)

            def revised_meanwhile(_: Mapping[str, Json]) -> FakeAnswer:
                # As a revision does around its commit, which takes its time here.
                stops._each((target,), Board.close)
                loop = asyncio.get_running_loop()
                loop.call_later(0.05, lambda: stops._each((target,), Board.reopen))
                return reply(text_result("done"))

            site.mcp.calling = revised_meanwhile
            remote = site.remote(site.proofs(), Platform(site))
            writing = next(tool for tool in TOOLS if named(tool) == "write_note")
            assert isinstance(writing, dict)
            try:
                await remote.call_tool(writing, {"text": "x", "size": 1}, ignore)
            except Refused:
                return len(site.mcp.called), True
            return len(site.mcp.called), False

    called, was_refused = asyncio.run(tale())
    assert called == 1
    assert was_refused


class Platform:
    """Vouches for ada as often as it is asked."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def read(self) -> Secret[str]:
        # Slow, so that whoever comes back for a new token comes after the revision.
        await asyncio.sleep(0.1)
        return Secret(self._site.assertion())


def named(tool: Json) -> Json:
    return tool["name"] if isinstance(tool, dict) else None


async def ignore(_: ServerNotification) -> None:
    return None
