"""Step 8, where the form of the answer decides; what is searched for is in tests/hostile."""

import pytest

from remit.testing.mcp_upstream import result_message, text_result
from remit.testing.upstream import EVENT_STREAM, FakeAnswer, in_pieces
from tests.proxy.world import World, body_of, collect, header_of, run

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
