"""Step 8, where the form of the answer decides; what is searched for is in tests/hostile."""

import asyncio

import pytest

from remit.audit.journal import Receipt
from remit.identity.tools import RiskTier
from remit.kernel.ids import EventId
from remit.proxy.asked import HTTPForm
from remit.proxy.errors import CallCut
from remit.proxy.outcome import Outcome
from remit.proxy.under_way import UnderWay
from remit.proxy.upstream import Answered
from remit.testing.mcp_upstream import result_message, text_result
from remit.testing.upstream import EVENT_STREAM, FakeAnswer, in_pieces
from tests.proxy.test_intent import a_permit
from tests.proxy.world import World, body_of, collect, credential, header_of, run, world

ORDER = "/tools/orders/v1/orders/o-1"


@pytest.mark.parametrize("kind", [b"text/html", b"text/event-streams", b"", b"application/xml"])
def test_an_mcp_answer_is_json_or_an_event_stream(kind: bytes) -> None:
    answer = FakeAnswer(headers=((b"content-type", kind),), body=b"{}")

    async def test(w: World) -> None:
        assert (await w.call(w.mcp_call("read_ticket"))).status == 502

    run(test, calling=lambda params: answer)


def test_an_http_answer_keeps_its_status_type_and_bytes() -> None:
    answer = FakeAnswer(404, ((b"content-type", b"text/plain; charset=utf-8"),), b"none such")

    async def test(w: World) -> None:
        released = await w.call(w.incoming("GET", ORDER))
        assert (released.status, released.body) == (404, b"none such")
        assert header_of(released, b"content-type") == b"text/plain; charset=utf-8"
        assert w.journal.find("call.completed").is_error is True

    run(test, http=lambda request: answer)


def test_an_http_error_is_told_to_the_model_as_one() -> None:
    async def test(w: World) -> None:
        released = await w.call(w.mcp_call("read_order", {"id": "o-1"}, server="orders"))
        result = body_of(released)["result"]
        assert result["isError"] is True
        assert [block["text"] for block in result["content"]] == ["HTTP 404", "none such"]

    run(test, http=lambda request: FakeAnswer(404, body=b"none such"))


def test_an_empty_answer_is_an_answer() -> None:
    async def test(w: World) -> None:
        plain = await w.call(w.incoming("GET", ORDER))
        assert (plain.status, plain.body) == (204, b"")
        assert header_of(plain, b"content-type") is None
        told = await w.call(w.mcp_call("read_order", {"id": "o-1"}, server="orders"))
        assert body_of(told)["result"]["content"] == [{"type": "text", "text": "HTTP 204"}]

    run(test, http=lambda request: FakeAnswer(204, (), b""))


def test_what_is_no_text_cannot_be_told() -> None:
    async def test(w: World) -> None:
        told = await w.call(w.mcp_call("read_order", {"id": "o-1"}, server="orders"))
        assert told.status == 502
        plain = await w.call(w.incoming("GET", ORDER))
        assert plain.body == b"\xff\xfe"

    run(test, http=lambda request: FakeAnswer(body=b"\xff\xfe"))


def test_a_stream_of_an_http_tool_arrives_piece_by_piece() -> None:
    def answer(_: object) -> FakeAnswer:
        return FakeAnswer(
            headers=EVENT_STREAM, body=in_pieces(b"data: 1\n\n", b"data: 2\n\n", gap_seconds=0.01)
        )

    async def test(w: World) -> None:
        released = await w.call(w.incoming("GET", ORDER))
        assert not isinstance(released.body, bytes)
        assert await anext(released.body) == b"data: 1\n\n"
        assert await collect(released) == b"data: 2\n\n"

    run(test, http=answer)


def test_a_stream_without_its_answer_ends_with_an_error() -> None:
    def calling(_: object) -> FakeAnswer:
        return FakeAnswer(headers=EVENT_STREAM, body=in_pieces(b": only this\n\n"))

    async def test(w: World) -> None:
        text = await collect(await w.call(w.mcp_call("read_ticket")))
        assert b"upstream_reply_invalid" in text

    run(test, calling=calling)


def test_the_answer_of_a_stream_that_is_one_json_object_is_one_too() -> None:
    answer = FakeAnswer(400, body=result_message(text_result("x")))

    async def test(w: World) -> None:
        assert (await w.call(w.mcp_call("read_ticket"))).status == 200

    run(test, calling=lambda params: answer)


class Come:
    """An answer that has come whole already."""

    status = 200
    is_stream = False
    is_complete = True

    def header(self, name: bytes) -> bytes | None:
        return b"text/plain"

    async def read(self, max_bytes: int) -> bytes:
        return b"too late"


def test_what_had_come_before_a_stop_is_not_released_after_it() -> None:
    async def within() -> None:
        async with world() as w:
            permit, _ = a_permit(w, RiskTier.READ)
            receipt = Receipt(EventId("evt_0"), w.journal.log, None, durable=False)
            outcome = Outcome(w.journal, w.clock, permit.request, receipt)
            under_way = UnderWay(lambda: None, 1.0)
            under_way.cut()
            answered = Answered(Come(), under_way, None)  # type: ignore[arg-type]
            with pytest.raises(CallCut), outcome:
                await w.proxy._releases.release(answered, HTTPForm(), credential(), outcome)
            assert w.journal.tags() == ["call.cut"]

    asyncio.run(within())
