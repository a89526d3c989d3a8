import asyncio
from pathlib import Path

from remit.app.policies import make_book
from tests.app.state import ENTROPY, opened
from tests.site import Site


def test_the_policies_that_remit_ships_are_in_force_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with opened(tmp_path / "home") as (journal, control):
            book = make_book(control, journal, ENTROPY)
            book.load(journal)
            assert book.engine.bundle.startswith("sha256:")

    asyncio.run(story())


FORBID = """
apiVersion: remit/v1
kind: Policy
metadata: {name: quiet}
spec:
  cedar: |
    @id("quiet.reads")
    forbid (principal, action in Remit::Action::"call", resource is Remit::Tool)
    when { resource.name == "read_note" };
"""


def test_a_policy_that_was_applied_is_in_force_after_a_restart_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            await site.apply(FORBID)
            for _ in range(2):
                proofs = site.proofs()
                token = await site.obtain_token(proofs)
                answer = await site.call(proofs, token, "read_note", {"id": 1})
                assert b'"isError":true' in answer.body
                assert site.mcp.called == []
                await site.stop()
                await site.start()

    asyncio.run(story())
