"""Story 2, told as a day at work: what ada does, what she may not, and how it ends."""

import asyncio

from remit.kernel.ids import ROOT_TENANT
from remit.policy.decision import Denied
from remit.policy.request import CallRequest
from remit.signals.targets import agent_target
from remit.testing.mcp_upstream import result_message, text_result
from remit.testing.upstream import EVENT_STREAM, FakeAnswer, and_then_silence, events
from tests.proxy.world import HUMAN, SECRET, World, body_of, run


def small_refunds_only(request: CallRequest) -> None:
    count = request.arguments.get("count", 0)
    if isinstance(count, int) and count > 5:
        raise Denied("policy", "more than five", ("guard.small",))


def test_a_day_at_work() -> None:
    async def day(w: World) -> None:
        w.policy.denying = small_refunds_only

        # In the morning ada looks what there is, and sees exactly what she has been given.
        servers = body_of(await w.call(w.incoming("GET", "/tools")))["tool_servers"]
        assert [server["name"] for server in servers] == ["tickets", "orders"]
        listed = body_of(await w.call(w.mcp_request("tools/list")))["result"]["tools"]
        assert [tool["name"] for tool in listed] == ["close_ticket", "read_ticket"]

        # She reads a ticket, and closes it: the second is on the disk before it leaves.
        assert (await w.call(w.mcp_call("read_ticket", {"id": "t-1"}))).status == 200
        assert not w.journal.durable
        assert (await w.call(w.mcp_call("close_ticket", {"id": "t-1"}))).status == 200
        assert [record.tool for record in w.journal.durable] == ["close_ticket"]  # type: ignore[attr-defined]

        # An order is one URL away; the credential is not hers, and she never sees it.
        order = await w.call(w.incoming("GET", "/tools/orders/v1/orders/o-1"))
        assert order.body == b'{"order":"o-1"}'
        assert w.http_upstream.requests[-1].header("authorization") == f"Bearer {SECRET.decode()}"

        # What policy forbids is told to her model, with an event that people can ask about.
        refused = body_of(await w.call(w.mcp_call("read_ticket", {"count": 6})))["result"]
        event = w.journal.tags().index("call.refused") + 1
        assert refused["isError"] is True
        assert f"evt_{event}" in refused["content"][0]["text"]

        # What she was not given is not there.
        unknown = body_of(await w.call(w.mcp_call("secret_tool")))["error"]
        assert unknown["message"] == "Unknown tool: secret_tool"

        # In the afternoon somebody stops her, in the middle of a long call.
        first = result_message(text_result("never"))[:20]
        w.mcp.calling = lambda params: FakeAnswer(
            headers=EVENT_STREAM, body=and_then_silence(b"data: " + first)
        )
        held = w.token()
        streaming = await w.call(w.mcp_call("read_ticket"))

        async def read() -> bytes:
            assert not isinstance(streaming.body, bytes)
            return b"".join([piece async for piece in streaming.body])

        reading = asyncio.get_running_loop().create_task(read())
        await asyncio.sleep(0.01)
        await w.stops.stop(agent_target(ROOT_TENANT, w.agent_id), by=HUMAN, reason="odd behaviour")
        assert b"call_cut" in await reading
        assert b"never" not in await reading

        # The token that she still holds is worth nothing, on any path.
        for incoming in (
            w.mcp_call("read_ticket", token=held),
            w.mcp_request("tools/list", token=held),
            w.mcp_request("server/discover", token=held),
        ):
            assert (await w.call(incoming)).status == 401

        # And everything that was done has a beginning and an end in the log.
        intents = [tag for tag in w.journal.tags() if tag == "call.intended"]
        ends = [tag for tag in w.journal.tags() if tag in ("call.completed", "call.cut")]
        assert len(intents) == len(ends) == 4

    run(day)


def test_an_event_of_a_whole_answer_ends_its_stream() -> None:
    final = result_message(text_result("done"))

    async def test(w: World) -> None:
        released = await w.call(w.mcp_call("read_ticket"))
        assert not isinstance(released.body, bytes)
        pieces = [piece async for piece in released.body]
        assert len(pieces) == 1
        assert w.journal.find("call.completed").reply_bytes == len(pieces[0])

    run(
        test,
        calling=lambda params: FakeAnswer(
            headers=EVENT_STREAM, body=and_then_silence(*events([final]))
        ),
    )
