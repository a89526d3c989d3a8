"""What Remit answers by itself, under the same checks as a call."""

from dataclasses import replace

import pytest

from remit.audit.journal import AuditUnavailable
from remit.kernel.canonical import parse_strict
from remit.proxy.attempt import Attempt
from remit.proxy.decide import OwnAnswer
from tests.proxy.world import DEFINITIONS, HTTP_SERVER, World, body_of, run


def test_definitions_come_from_the_pins_and_not_from_the_upstream() -> None:
    async def test(w: World) -> None:
        listed = body_of(await w.call(w.mcp_request("tools/list")))["result"]["tools"]
        pinned = {tool.name: parse_strict(tool.definition) for tool in w.mcp_server.tools.values()}
        assert all(tool == pinned[tool["name"]] for tool in listed)
        assert {tool["name"] for tool in listed} < {str(d["name"]) for d in DEFINITIONS}

    run(test)


def test_an_http_servers_tools_are_listed_as_mcp_tools() -> None:
    async def test(w: World) -> None:
        listed = body_of(await w.call(w.mcp_request("tools/list", server="orders")))
        names = [tool["name"] for tool in listed["result"]["tools"]]
        assert names == ["change_order", "find_orders", "read_order"]
        assert not w.http_upstream.requests

    run(test)


def test_everything_listed_can_be_called_and_nothing_else() -> None:
    async def test(w: World) -> None:
        listed = body_of(await w.call(w.mcp_request("tools/list")))["result"]["tools"]
        names = {tool["name"] for tool in listed}
        for definition in DEFINITIONS:
            name = str(definition["name"])
            released = await w.call(w.mcp_call(name))
            assert (released.status == 200) == (name in names)

    run(test)


def test_a_cursor_that_we_never_gave_is_refused() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.mcp_request("tools/list", {"cursor": "x"}))
        assert body_of(released)["error"]["code"] == -32602

    run(test)


def test_a_retired_server_is_not_in_the_catalogue() -> None:
    async def test(w: World) -> None:
        w.directory.tool_servers.put(HTTP_SERVER, replace(w.http_server, retired=True))
        listed = body_of(await w.call(w.incoming("GET", "/tools")))["tool_servers"]
        assert [server["name"] for server in listed] == ["tickets"]

    run(test)


def test_a_list_that_cannot_be_recorded_is_not_shown() -> None:
    async def test(w: World) -> None:
        decided = await w.proxy._decisions.decide(w.mcp_request("tools/list"), Attempt())
        assert isinstance(decided, OwnAnswer)
        w.journal.is_full = True
        with pytest.raises(AuditUnavailable):
            w.proxy._own_answers.answer(decided)

    run(test)
