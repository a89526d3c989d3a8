"""One tool server through Remit: a call is sent once, whatever becomes of it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from remit.client import exchange
from remit.client.exchange import Refused
from remit.client.remote import RemoteFailure
from remit.kernel.canonical import Json
from remit.kernel.errors import RemitError
from remit.mcp.errors import ReplyInvalid
from remit.mcp.replies import ServerNotification
from remit.outbound.errors import UpstreamFailure, UpstreamTimeout
from remit.outbound.message import Limits
from remit.testing.upstream import (
    EVENT_STREAM,
    FakeAnswer,
    FakeUpstream,
    ReceivedRequest,
    and_then_silence,
    events,
    in_pieces,
)
from tests.client.liar import (
    TOOLS,
    Answer,
    Liar,
    answer,
    invalid_token,
    lie,
    rpc,
    text,
    wrong_nonce,
)

OK: Mapping[str, Json] = {"content": [{"type": "text", "text": "ok"}]}


async def ignore(notification: ServerNotification) -> None:
    """Whoever does not care for progress."""


async def call(liar: Liar, *answers: Answer | FakeAnswer) -> Mapping[str, Json]:
    liar.instead["/tools/notes"] = list(answers)
    return await liar.remote().call_tool(TOOLS[1], {"text": "hä"}, ignore)


def progress(request: ReceivedRequest, done: object, of: object = None) -> bytes:
    mine = json.loads(request.body)["params"]["_meta"]["progressToken"]
    params = {"progress": done, "progressToken": mine if of is None else of}
    message = {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
    return json.dumps(message).encode()


def stream(*messages: bytes) -> FakeAnswer:
    return FakeAnswer(headers=EVENT_STREAM, body=in_pieces(*events(messages)))


def test_a_call_carries_its_tool_arguments_and_mirrored_headers() -> None:
    async def tale(liar: Liar) -> None:
        assert await call(liar) == OK
        (sent,) = liar.calls()
        params = json.loads(sent.body)["params"]
        assert (params["name"], params["arguments"]) == ("write_note", {"text": "hä"})
        assert sent.header("mcp-method") == "tools/call"
        assert sent.header("mcp-name") == "write_note"
        assert sent.header("mcp-param-text") == "=?base64?aMOk?="
        assert sent.header("authorization") == "DPoP at-1"

    lie(tale)


def test_no_two_calls_have_one_id() -> None:
    async def tale(liar: Liar) -> None:
        remote = liar.remote()
        for _ in range(3):
            await remote.call_tool(TOOLS[0], {}, ignore)
        assert len({json.loads(sent.body)["id"] for sent in liar.calls()}) == 3

    lie(tale)


def test_a_spent_token_is_replaced_once_and_the_call_sent_once_more() -> None:
    async def tale(liar: Liar) -> None:
        assert await call(liar, invalid_token()) == OK
        assert [sent.header("authorization") for sent in liar.calls()] == ["DPoP at-1", "DPoP at-2"]
        assert len(liar.sent("/token")) == 2

    lie(tale)


def test_tokens_refused_for_ever_end_the_call_after_the_second() -> None:
    async def tale(liar: Liar) -> None:
        with pytest.raises(Refused):
            await call(liar, *[invalid_token()] * 9)
        assert len(liar.calls()) == 2
        assert len(liar.sent("/token")) == 2

    lie(tale)


def test_a_spent_nonce_is_replaced_and_the_token_kept() -> None:
    async def tale(liar: Liar) -> None:
        assert await call(liar, wrong_nonce()) == OK
        assert len(liar.calls()) == 2
        assert len(liar.sent("/token")) == 1

    lie(tale)


def test_a_spent_token_and_a_spent_nonce_are_both_mended() -> None:
    async def tale(liar: Liar) -> None:
        assert await call(liar, invalid_token(), wrong_nonce()) == OK
        assert len(liar.calls()) == 3

    lie(tale)


@pytest.mark.parametrize("status", [302, 307, 400, 402, 403, 404, 408, 425, 429, 500, 502, 503])
@pytest.mark.parametrize("kind", [b"application/json", b"text/html", b"application/problem+json"])
def test_no_other_answer_is_followed_by_a_second_call(status: int, kind: bytes) -> None:
    async def tale(liar: Liar) -> None:
        async with FakeUpstream(lambda request: answer({})) as other:
            headers = (
                (b"content-type", kind),
                (b"retry-after", b"0"),
                (b"location", other.url.encode()),
            )
            with pytest.raises(RemitError) as caught:
                await call(liar, *[FakeAnswer(status, headers, b'{"title":"No."}')] * 2)
            assert len(liar.calls()) == 1
            assert other.requests == []
            if status >= 400:
                assert caught.value.detail == f"{status} refused: No."

    lie(tale)


def test_a_call_that_is_not_answered_in_time_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def tale(liar: Liar) -> None:
        await liar.tokens.obtain(liar.remote().address.resource)
        monkeypatch.setattr(exchange, "_LIMITS", Limits(idle_in=0.1))
        for headers in (EVENT_STREAM, ((b"content-type", b"application/json"),)):
            liar.upstream.requests.clear()
            with pytest.raises(UpstreamTimeout):
                await call(liar, FakeAnswer(headers=headers, body=and_then_silence(b": \n")))
            assert len(liar.calls()) == 1

    lie(tale)


def test_a_stream_that_is_cut_is_not_asked_for_again() -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield events([b"{}"])[0][:9]
        raise ConnectionResetError

    async def tale(liar: Liar) -> None:
        with pytest.raises(UpstreamFailure):
            await call(liar, FakeAnswer(headers=EVENT_STREAM, body=cut()))
        assert len(liar.calls()) == 1

    lie(tale)


def test_a_stream_that_ends_without_a_result_is_not_asked_for_again() -> None:
    async def tale(liar: Liar) -> None:
        with pytest.raises(ReplyInvalid, match="without a result"):
            await call(liar, stream())
        assert len(liar.calls()) == 1

    lie(tale)


def test_progress_is_handed_on_in_order_before_the_result() -> None:
    async def tale(liar: Liar) -> None:
        def say(request: ReceivedRequest) -> FakeAnswer:
            done = json.dumps(rpc(request, result=text("done"))).encode()
            return stream(progress(request, 1), progress(request, 2), done)

        heard: list[Json] = []

        async def note(notification: ServerNotification) -> None:
            heard.append(notification.unverified_params["progress"])

        liar.instead["/tools/notes"] = [say]
        await liar.remote().call_tool(TOOLS[0], {}, note)
        assert heard == [1, 2]

    lie(tale)


def test_progress_of_another_call_is_refused() -> None:
    async def tale(liar: Liar) -> None:
        with pytest.raises(ReplyInvalid, match="progress of something else"):
            await call(liar, lambda request: stream(progress(request, 1, of=99)))

    lie(tale)


@pytest.mark.parametrize(
    "members",
    [
        {"id": 99, "result": OK},
        {"id": True, "result": OK},
        {"result": {"resultType": "strange"}},
        {"result": {"resultType": "input_required", "inputRequests": {}}},
        {"result": []},
        {"method": "sampling/createMessage"},
        {"error": {"code": "x"}},
    ],
    ids=str,
)
def test_what_is_no_answer_to_the_call_is_refused(members: Mapping[str, object]) -> None:
    async def tale(liar: Liar) -> None:
        with pytest.raises(ReplyInvalid):
            await call(liar, lambda request: answer(rpc(request, **members)))
        assert len(liar.calls()) == 1

    lie(tale)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"id":1,"id":1}', b"\xff"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    async def tale(liar: Liar) -> None:
        with pytest.raises(ReplyInvalid):
            await call(liar, FakeAnswer(body=body))
        with pytest.raises(ReplyInvalid):
            await call(liar, stream(body or b"x"))

    lie(tale)


def test_an_error_of_the_servers_is_said_in_its_words() -> None:
    async def tale(liar: Liar) -> None:
        for message, detail in (
            ("Unknown tool: x", "Unknown tool: x"),
            ("", "the tool server answered with error -32602"),
        ):
            error = {"code": -32602, "message": message}

            def say(request: ReceivedRequest, error: object = error) -> FakeAnswer:
                return answer(rpc(request, error=error), 400)

            with pytest.raises(RemoteFailure) as caught:
                await call(liar, say)
            assert caught.value.detail == detail
            assert caught.value.code == "-32602"

    lie(tale)


def pages(*listed: Mapping[str, object]) -> Sequence[Answer]:
    def page(result: object) -> Answer:
        return lambda request: answer(rpc(request, result=result))

    return [page(each) for each in listed]


def test_all_pages_of_tools_are_listed() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/tools/notes"] = [
            *pages({"tools": TOOLS[:1], "nextCursor": "c"}, {"tools": TOOLS[1:]})
        ]
        assert list(await liar.remote().list_tools()) == TOOLS
        second = json.loads(liar.upstream.requests[-1].body)
        assert second["params"]["cursor"] == "c"

    lie(tale)


def test_pages_without_end_are_refused() -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/tools/notes"] = [*pages({"tools": [], "nextCursor": "c"})] * 100
        with pytest.raises(ReplyInvalid, match="more than 64 pages"):
            await liar.remote().list_tools()
        assert len(liar.sent("/tools/notes")) == 64

    lie(tale)


@pytest.mark.parametrize("result", [{}, {"tools": {}}, {"tools": "x"}], ids=str)
def test_a_list_without_tools_is_refused(result: Mapping[str, object]) -> None:
    async def tale(liar: Liar) -> None:
        liar.instead["/tools/notes"] = [*pages(result)]
        with pytest.raises(ReplyInvalid):
            await liar.remote().list_tools()

    lie(tale)


def test_a_definition_that_no_client_may_use_is_left_out() -> None:
    wrong_header = {"type": "object", "properties": {"a": {"x-mcp-header": "b c"}}}
    wrong: list[object] = [
        "tool",
        {},
        {"name": 1, "inputSchema": {"type": "object"}},
        {"name": "no_schema"},
        {"name": "wrong_header", "inputSchema": wrong_header},
    ]

    async def tale(liar: Liar) -> None:
        liar.instead["/tools/notes"] = [*pages({"tools": [*wrong, *TOOLS]})]
        assert list(await liar.remote().list_tools()) == TOOLS

    lie(tale)


@pytest.mark.parametrize(
    "challenge",
    [
        None,
        'Basic realm="gateway"',
        'DPoP error="invalid_dpop_proof"',
        'Bearer error="insufficient_scope"',
        'DPoP realm="invalid_token"',
    ],
)
def test_a_401_that_does_not_blame_the_token_is_the_end_of_the_call(challenge: str | None) -> None:
    more = {} if challenge is None else {"www_authenticate": challenge}

    async def tale(liar: Liar) -> None:
        with pytest.raises(Refused):
            await call(liar, answer({"title": "No."}, 401, **more), answer({}))
        assert len(liar.calls()) == 1
        assert len(liar.sent("/token")) == 1

    lie(tale)
