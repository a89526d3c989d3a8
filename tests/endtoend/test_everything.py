"""Whatever a tool of an MCP server can say arrives as it was said, on every way through Remit."""

import asyncio
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

import pytest
from mcp_types import LoggingLevel, LoggingMessageNotificationParams

from remit.cli.demonstration.site import DemoSite
from tests.endtoend import everything, ways
from tests.endtoend.conftest import REMIT
from tests.endtoend.ways import Opened, Outcome, Told

PROTOCOL_ERROR = "an error of the protocol"
RESULTS = [case for case in everything.CASES if case != PROTOCOL_ERROR]


def test_every_tool_is_called() -> None:
    names = {tool.name for tool in asyncio.run(everything.server.list_tools())}
    called = {tool for tool, _ in everything.CASES.values()}
    assert names - called == {"count_slowly", "list_headers"}


def test_what_is_compared_is_what_was_meant(direct: Told) -> None:
    kinds = {
        block["type"] for outcome in direct.outcomes.values() for block in outcome.content or ()
    }
    assert kinds == {"text", "image", "audio", "resource", "resource_link"}
    assert [case for case, outcome in direct.outcomes.items() if outcome.failed] == [PROTOCOL_ERROR]
    assert [case for case, outcome in direct.outcomes.items() if outcome.is_error] == [
        "a failing tool",
        "an error as a result",
    ]
    assert len(direct.outcomes["progress"].progress) == 6
    assert direct.outcomes["a header as it arrives"].structured == {"result": "eu eu"}


@pytest.mark.parametrize("case", everything.CASES)
def test_the_proxy_hands_on_what_the_tool_says(direct: Told, proxied: Told, case: str) -> None:
    assert proxied.outcomes[case] == direct.outcomes[case]


@pytest.mark.parametrize("case", RESULTS)
def test_the_bridge_hands_on_what_the_tool_says(direct: Told, connected: Told, case: str) -> None:
    assert connected.outcomes[case] == direct.outcomes[case]


def test_the_bridge_tells_an_error_of_the_protocol_to_the_model(connected: Told) -> None:
    outcome = connected.outcomes[PROTOCOL_ERROR]
    assert outcome == Outcome(content=outcome.content, is_error=True)
    assert [block["text"] for block in outcome.content] == ["not like this"]


def test_the_proxy_lists_the_definitions_as_they_are(direct: Told, proxied: Told) -> None:
    assert proxied.tools == direct.tools


def test_the_bridge_lists_the_definitions_as_they_are(direct: Told, connected: Told) -> None:
    assert connected.tools == direct.tools


@pytest.mark.parametrize(("level", "lines"), [("warning", 1), ("debug", 0)])
def test_log_lines_come_to_who_asked_for_them(
    site: DemoSite, everything_url: str, level: LoggingLevel, lines: int
) -> None:
    async def listen(opened: Callable[..., Opened]) -> list[Any]:
        heard: list[Any] = []

        async def logged(params: LoggingMessageNotificationParams) -> None:
            heard.append((params.level, params.logger, params.data))

        async with opened(log_level="info", logging_callback=logged) as client:
            await client.call_tool("log", {"level": level})
        return heard

    direct = asyncio.run(listen(partial(ways.directly, everything_url)))
    proxied = asyncio.run(listen(partial(ways.through_proxy, site, "everything", REMIT)))
    assert proxied == direct
    assert len(direct) == lines


def test_many_calls_at_once_keep_their_answers_apart(site: DemoSite, everything_url: str) -> None:
    async def scene() -> list[Outcome]:
        async with ways.through_connect(site, REMIT, "auto") as client:
            calls = [ways.call(client, "echo", {"text": f"text {n}"}) for n in range(40)]
            counts = [ways.call(client, "count", {"steps": n}) for n in range(8)]
            return await asyncio.gather(*calls, *counts)

    outcomes = asyncio.run(scene())
    assert [outcome.structured for outcome in outcomes[:40]] == [
        {"result": f"text {n}"} for n in range(40)
    ]
    assert [len(outcome.progress) for outcome in outcomes[40:]] == list(range(1, 9))


def test_a_call_that_the_client_gives_up_is_given_up_upstream(
    site: DemoSite, everything_url: str
) -> None:
    async def scene() -> None:
        async with ways.through_proxy(site, "everything", REMIT) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await client.call_tool("count_slowly", {"seconds": 30})

    asyncio.run(scene())
    give_up_at = monotonic() + 20
    while not (cut := site.read("audit", "tail", "-n", "1", "--type", "call.cut")):
        assert monotonic() < give_up_at, "the call goes on"
    assert [(row["tool"], row["error"]) for row in cut] == [("count_slowly", "caller_gone")]


def test_nothing_of_the_callers_own_reaches_the_tool_server(
    site: DemoSite, everything_url: str
) -> None:
    async def ask() -> Outcome:
        async with ways.through_proxy(site, "everything", REMIT) as client:
            return await ways.call(client, "list_headers", {})

    outcome = asyncio.run(ask())
    assert set(outcome.structured["result"]) == {
        "accept",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "traceparent",
    }
