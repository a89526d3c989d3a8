"""`remit connect` as the official SDK's client sees it, in both eras."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters

from remit.client.bridge import Bridge
from remit.kernel.secret import Secret
from remit.testing.mcp_upstream import failure, progress_message, result_message, text_result
from remit.testing.upstream import EVENT_STREAM, FakeAnswer, ReceivedRequest, events, in_pieces
from tests.client.liar import Answer, Liar, answer, lie, rpc, text
from tests.site import Site

MODES = ["legacy", "auto"]
Tale = Callable[[Liar, Client], Awaitable[None]]


def with_client(mode: str, tale: Tale, *names: str, **made: Any) -> None:
    """A client of the bridge in front of the liar's tool servers of these names."""

    async def told(liar: Liar) -> None:
        servers = [liar.remote(name) for name in names or ("notes",)]
        bridge = Bridge(servers, liar.clock, "1")
        async with Client(bridge._server, mode=mode) as client:
            await tale(liar, client)

    lie(told, **made)


async def prepare(liar: Liar, client: Client, *said: Answer | FakeAnswer) -> None:
    await client.list_tools()
    liar.instead["/tools/notes"] = list(said)


async def call(client: Client, tool: str = "read_note", **more: Any) -> tuple[bool, str]:
    result = await client.call_tool(tool, {}, **more)
    return result.is_error, result.content[0].text


@pytest.mark.parametrize("mode", MODES)
def test_tools_are_listed_and_called(mode: str) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == ["read_note", "write_note"]
        assert await call(client) == (False, "ok")
        assert len(liar.calls()) == 1

    with_client(mode, tale)


@pytest.mark.parametrize("mode", MODES)
def test_a_call_without_a_list_before_reaches_its_tool(mode: str) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        assert await call(client) == (False, "ok")
        assert len(liar.calls()) == 1

    with_client(mode, tale)


@pytest.mark.parametrize("mode", MODES)
def test_an_unknown_tool_is_said_to_be_unknown(mode: str) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        assert await call(client, "nothing") == (True, "Unknown tool: nothing")
        assert liar.calls() == []

    with_client(mode, tale)


@pytest.mark.parametrize("mode", MODES)
def test_names_of_two_servers_lead_to_the_right_one(mode: str) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        shown = {tool.name for tool in (await client.list_tools()).tools}
        assert shown == {f"{s}__{t}" for s in ("mail", "chat") for t in ("read_note", "write_note")}
        assert await call(client, "chat__read_note") == (False, "ok")
        assert (len(liar.calls("chat")), liar.calls("mail")) == (1, [])
        assert json.loads(liar.calls("chat")[0].body)["params"]["name"] == "read_note"

    with_client(mode, tale, "mail", "chat")


@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_is_down_does_not_hide_the_others(mode: str) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        liar.instead["/tools/chat"] = [answer({}, 503)] * 9
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == ["read_note", "write_note"]

    with_client(mode, tale, "mail", "chat")


@pytest.mark.parametrize("mode", MODES)
def test_one_odd_definition_does_not_hide_the_others(mode: str) -> None:
    odd = {
        "name": "odd",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": {"no": "bool"}},
    }

    async def tale(liar: Liar, client: Client) -> None:
        liar.tools.append(odd)
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == ["read_note", "write_note"]

    with_client(mode, tale)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (answer({"error": "x", "error_description": "Not yours."}, 403), "403 x: Not yours."),
        (
            answer({"title": "Slow.", "type": "t", "event": "evt_1"}, 429),
            "429 t: Slow. (evt_1)",
        ),
        (FakeAnswer(500, ((b"content-type", b"text/html"),), b"<p>"), "500 refused: "),
        (lambda r: answer(rpc(r, error={"code": -1, "message": "Stopped."}), 403), "Stopped."),
        (
            lambda r: answer(rpc(r, result=text("") | {"resultType": "odd"})),
            "an unknown result type",
        ),
    ],
)
def test_a_refusal_is_a_result_that_a_model_can_read(
    mode: str, refused: FakeAnswer, said: str
) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        await prepare(liar, client, refused)
        assert await call(client) == (True, said)
        assert len(liar.calls()) == 1

    with_client(mode, tale)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("result", [{}, {"content": "x"}, {"content": [{"type": "odd"}]}], ids=str)
def test_a_result_that_is_none_is_a_failure_that_can_be_read(mode: str, result: object) -> None:
    async def tale(liar: Liar, client: Client) -> None:
        await prepare(liar, client, lambda request: answer(rpc(request, result=result)))
        failed, said = await call(client)
        assert failed
        assert said == "the tool's answer is not a result"
        assert len(liar.calls()) == 1

    with_client(mode, tale)


@pytest.mark.parametrize("mode", MODES)
def test_progress_is_relayed_and_what_is_none_is_left_out(mode: str) -> None:
    def say(request: ReceivedRequest) -> FakeAnswer:
        token = json.loads(request.body)["params"]["_meta"]["progressToken"]
        messages = [
            json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "notifications/progress",
                    "params": {
                        "progress": done,
                        "progressToken": token,
                        "total": 2,
                        "message": "m",
                    },
                }
            ).encode()
            for done in (1, "much", 2)
        ]
        messages.append(json.dumps(rpc(request, result=text("done"))).encode())
        return FakeAnswer(headers=EVENT_STREAM, body=in_pieces(*events(messages)))

    async def tale(liar: Liar, client: Client) -> None:
        heard: list[tuple[float, float | None, str | None]] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            heard.append((progress, total, message))

        await prepare(liar, client, say, say)
        assert await call(client, progress_callback=note) == (False, "done")
        assert heard == [(1, 2, "m"), (2, 2, "m")]
        assert await call(client) == (False, "done")

    with_client(mode, tale)


def test_a_known_list_is_good_for_calls_and_a_removed_tool_is_gone_when_listed_anew() -> None:
    async def tale(liar: Liar, client: Client) -> None:
        await client.list_tools()
        liar.tools.clear()
        liar.clock.advance(29)
        assert await call(client) == (False, "ok")
        liar.clock.advance(1)
        assert await call(client) == (True, "Unknown tool: read_note")

    with_client("auto", tale)


def test_a_call_that_is_given_up_is_cut_and_not_sent_again() -> None:
    async def tale(liar: Liar, client: Client) -> None:
        silent = FakeAnswer(headers=EVENT_STREAM, body=in_pieces(b": \n", gap_seconds=60))
        await prepare(liar, client, silent)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await call(client)
        for _ in range(100):
            if liar.upstream.hung_up:
                break
            await asyncio.sleep(0.01)
        assert (len(liar.calls()), liar.upstream.hung_up) == (1, 1)

    with_client("auto", tale)


class Platform:
    """Hands out a new assertion each time, as the site's platform does."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def read(self) -> Secret[str]:
        return Secret(self._site.assertion())


def test_a_whole_remit_is_used_through_the_bridge(tmp_path: Path) -> None:
    async def tale() -> None:
        async with Site(tmp_path / "home") as site:
            remote = site.remote(site.proofs(), Platform(site))
            bridge = Bridge([remote], site.clock, "1")
            async with Client(bridge._server) as client:
                listed = await client.list_tools()
                assert {tool.name for tool in listed.tools} == {"read_note", "write_note"}
                assert await call(client) == (False, "ok")
                over = await client.call_tool("write_note", {"text": "x", "size": 11})
                assert over.is_error
                assert len(site.mcp.called) == 1
                site.mcp.calling = lambda _: FakeAnswer(
                    headers=EVENT_STREAM,
                    body=in_pieces(
                        *events([progress_message(1), result_message(text_result("slow"))])
                    ),
                )
                heard: list[float] = []

                async def note(progress: float, *_: object) -> None:
                    heard.append(progress)

                assert await call(client, progress_callback=note) == (False, "slow")
                assert heard == [1]
                site.mcp.calling = lambda _: failure(-32000, "broken")
                assert (await call(client))[0]
                assert len(site.mcp.called) == 3

    asyncio.run(tale())


RUN = "from remit.cli.entry import main; main()"
TAKE_ONE = """
import pathlib, sys
file = pathlib.Path(sys.argv[1])
first, _, rest = file.read_text().partition("\\n")
file.write_text(rest)
print(first)
"""


def test_a_client_starts_the_bridge_as_a_stdio_server(tmp_path: Path) -> None:
    async def tale() -> None:
        async with Site(tmp_path / "home") as site:
            waiting, script = tmp_path / "assertions", tmp_path / "take.py"
            waiting.write_text("\n".join(site.assertion() for _ in range(4)))
            script.write_text(TAKE_ONE)
            command = f"{sys.executable} {script} {waiting}"
            arguments = ["connect", "--issuer", site.url, "--assertion-command", command]
            started = StdioServerParameters(command=sys.executable, args=["-c", RUN, *arguments])
            async with Client(started) as client:
                listed = await client.list_tools()
                assert {tool.name for tool in listed.tools} == {"read_note", "write_note"}
                assert await call(client) == (False, "ok")
            assert len(site.mcp.called) == 1

    asyncio.run(tale())


@pytest.mark.parametrize("mode", MODES)
def test_where_nobody_knows_what_was_done_the_model_is_told_to_look_first(mode: str) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield b"{"
        raise ConnectionResetError

    async def tale(liar: Liar, client: Client) -> None:
        await prepare(liar, client, FakeAnswer(body=cut()))
        failed, said = await call(client)
        assert failed
        assert "may have taken effect: look before it is made again" in said
        assert len(liar.calls()) == 1

    with_client(mode, tale)


def test_a_tool_of_a_server_that_is_down_is_unknown_for_a_reason() -> None:
    async def tale(liar: Liar, client: Client) -> None:
        refusal = answer({"error": "access_denied", "error_description": "Stopped."}, 403)
        liar.instead["/tools/chat"] = [refusal] * 9
        assert await call(client, "post") == (
            True,
            "Unknown tool: post; chat: 403 access_denied: Stopped.",
        )
        liar.instead.clear()
        assert await call(client, "post") == (True, "Unknown tool: post")

    with_client("auto", tale, "mail", "chat")


def test_a_name_that_was_shown_for_a_server_that_is_down_reaches_no_other() -> None:
    async def tale(liar: Liar, client: Client) -> None:
        liar.instead["/tools/chat"] = [answer({}, 503)]
        listed = await client.list_tools()
        assert "read_note" in {tool.name for tool in listed.tools}
        liar.instead["/tools/mail"] = [answer({}, 503)]
        listed = await client.list_tools()
        assert {tool.name for tool in listed.tools} == {"chat__read_note", "chat__write_note"}
        liar.instead["/tools/mail"] = [answer({}, 503)]
        failed, said = await call(client, "read_note")
        assert failed
        assert said.startswith("Unknown tool: read_note; mail: 503")
        assert liar.calls("chat") == []

    with_client("auto", tale, "mail", "chat")
