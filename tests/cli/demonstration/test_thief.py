import asyncio

from remit.cli.demonstration.site import DemoSite
from remit.cli.demonstration.thief import Theft, steal_and_try


def test_a_stolen_token_is_of_no_use_to_anybody_else(site: DemoSite) -> None:
    theft = asyncio.run(steal_and_try(site))
    assert theft == Theft(
        own_use=200,
        same_request_again=401,
        as_bearer=401,
        with_own_key=401,
        at_another_server=401,
        another_tool=theft.another_tool,
    )
    assert 400 <= theft.another_tool < 500


def test_every_refusal_of_the_thief_is_counted(site: DemoSite) -> None:
    asyncio.run(steal_and_try(site))
    newest = site.read("audit", "tail", "-n", "100")
    refused = [row for row in newest if row["type"] == "call.refused"]
    assert any(row.get("tool") == "delete_all_tickets" for row in refused)
