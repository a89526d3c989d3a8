import asyncio
from pathlib import Path

import pytest

from remit.app.agent_side import connect_agent
from remit.client.exchange import Refused
from remit.client.exchange import Site as RemoteSite
from remit.kernel.errors import RemitError
from remit.kernel.secret import Secret
from tests.site import Site


class Said:
    """An assertion source that says what it is given."""

    def __init__(self, said: str) -> None:
        self._said = said

    async def read(self) -> Secret[str]:
        return Secret(self._said)


def test_an_agent_whose_platform_is_not_believed_gets_no_tools(tmp_path: Path) -> None:
    async def story() -> None:
        async with Site(tmp_path / "home") as site:
            source = Said(site.assertion(sub="workload:mallory"))
            with pytest.raises(Refused) as refused:
                await connect_agent(RemoteSite(site.url), source, None, "1")
            assert refused.value.code == "invalid_grant"

    asyncio.run(story())


def test_a_site_that_does_not_answer_is_said_to_be_so() -> None:
    async def story() -> None:
        with pytest.raises(RemitError):
            await connect_agent(RemoteSite("http://127.0.0.1:9"), Said("x"), None, "1")

    asyncio.run(story())
