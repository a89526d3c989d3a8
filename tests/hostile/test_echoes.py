"""Attacks by upstreams that give the credential back in a form that no simple search finds."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from remit.mcp.replies import _MAX_MESSAGE
from remit.outbound.message import Header
from remit.proxy.limits import ProxyLimits
from remit.testing.mcp_upstream import failure, result_message, text_result
from remit.testing.upstream import (
    EVENT_STREAM,
    FakeAnswer,
    ReceivedRequest,
    events,
    in_pieces,
)
from tests.proxy.world import SECRET, World, body_of, collect, run

ORDER = "/tools/orders/v1/orders/o-1"
ESCAPED = "".join(f"\\u{byte:04X}" for byte in SECRET)
TEXT = SECRET.decode()


def streamed(*pieces: bytes) -> Callable[[ReceivedRequest], FakeAnswer]:
    return lambda request: FakeAnswer(headers=EVENT_STREAM, body=in_pieces(*pieces))


def in_bytes(content: bytes, step: int) -> list[bytes]:
    return [content[at : at + step] for at in range(0, len(content), step)]


@pytest.mark.parametrize("step", [1, 5, 1000])
@pytest.mark.parametrize(
    "line",
    [
        f'data: {{"key":"{ESCAPED}"}}',
        "data: " + json.dumps({"inner": '{"key":"' + ESCAPED + '"}'}),
        "data: " + json.dumps(TEXT).replace("/", "\\/"),
        "data: https://x.example/?key=" + quote(TEXT, safe="/"),
        "data: " + "".join(f"%{byte:02x}" for byte in SECRET),
        ": a comment " + ESCAPED,
        "id: " + TEXT,
    ],
)
def test_an_escaped_credential_in_a_plain_stream_is_found(line: str, step: int) -> None:
    content = f"data: before\r\n\r\n{line}\r\rdata: after\n\n".encode()

    async def test(w: World) -> None:
        text = await collect(await w.call(w.incoming("GET", ORDER)))
        assert b"data: before\r\n\r\n".startswith(text)
        assert w.journal.find("call.cut").error == "credential_echoed"

    run(test, http=streamed(*in_bytes(content, step)))


def test_the_end_of_a_stream_without_a_line_end_is_searched_too() -> None:
    async def test(w: World) -> None:
        assert await collect(await w.call(w.incoming("GET", ORDER))) == b""

    run(test, http=streamed(f'data: "{ESCAPED}"'.encode()))


def test_a_harmless_stream_passes_line_by_line_and_whole() -> None:
    content = b"data: 100%\n\ndata: \\u00e9 \\n\r\n\rdata: no end"

    async def test(w: World) -> None:
        assert await collect(await w.call(w.incoming("GET", ORDER))) == content

    for step in (1, 4, 100):
        run(test, http=streamed(*in_bytes(content, step)))


def test_a_line_without_end_is_not_held_without_end() -> None:
    async def test(w: World) -> None:
        assert await collect(await w.call(w.incoming("GET", ORDER))) == b""
        assert w.journal.find("call.cut").released_bytes == 0

    run(test, http=streamed(*[b"x" * 600] * 4), limits=ProxyLimits(event_bytes=1000))


@pytest.mark.parametrize(
    "body",
    [
        b'{"u":"' + quote(TEXT, safe="/").encode() + b'"}',
        ('{"u":"' + "".join(f"%{byte:02x}" for byte in SECRET) + '"}').encode(),
        ('{"u":"' + "".join(f"\\u0025{byte:02x}" for byte in SECRET) + '"}').encode(),
    ],
)
def test_a_credential_in_percent_escapes_of_any_style_is_withheld(body: bytes) -> None:
    async def test(w: World) -> None:
        assert (await w.call(w.incoming("GET", ORDER))).status == 502
        told = await w.call(w.mcp_call("read_order", {"id": "o-1"}, server="orders"))
        assert told.status == 502

    run(test, http=lambda request: FakeAnswer(body=body))


def test_a_caller_cannot_have_the_credential_cut_short_of_recognition() -> None:
    """What the caller wrote comes before it, and moves it over the length that is kept."""

    async def test(w: World) -> None:
        for spare in range(1, len(SECRET)):
            w.mcp.calling = lambda params, n=spare: failure(-32000, "x" * (_MAX_MESSAGE - n) + TEXT)
            released = await w.call(w.mcp_call("read_ticket"))
            assert released.status == 502, spare
            assert body_of(released)["error"]["data"]["error"] == "credential_echoed"

    run(test)


@pytest.mark.parametrize(
    "headers",
    [
        ((b"content-type", b"application/" + SECRET.replace(b"/", b".").replace(b"=", b"-")),),
        ((b"content-type", b"application/json"), (b"x-echo", SECRET)),
        ((b"content-type", b"text/plain"), (b"trailer", b"x"), (b"set-cookie", SECRET)),
    ],
)
def test_no_header_brings_the_credential_back(headers: tuple[Header, ...]) -> None:
    async def test(w: World) -> None:
        released = await w.call(w.incoming("GET", ORDER))
        assert SECRET not in b"".join(value for _, value in released.headers)

    run(test, http=lambda request: FakeAnswer(headers=headers, body=b"{}"))


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"identity, gzip", b"zstd", b"x"])
def test_an_encoded_answer_that_cannot_be_searched_is_withheld(coding: bytes) -> None:
    headers = ((b"content-type", b"application/json"), (b"content-encoding", coding))

    async def test(w: World) -> None:
        assert (await w.call(w.incoming("GET", ORDER))).status == 502
        assert (await w.call(w.mcp_call("read_ticket"))).status == 502

    run(
        test,
        http=lambda request: FakeAnswer(headers=headers, body=b"\x1f\x8b..."),
        calling=lambda params: FakeAnswer(headers=headers, body=b"\x1f\x8b..."),
    )


@pytest.mark.parametrize(
    "message",
    [
        b'{"jsonrpc":"2.0","id":9,"method":"roots/list","params":{}}',
        b'{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{}}',
        b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2}}',
        b'{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{}}',
        b'{"jsonrpc":"2.0","id":"1","result":{"content":[]}}',
        b'{"jsonrpc":"2.0","id":1.0,"result":{"content":[]}}',
        b'{"jsonrpc":"2.0","id":true,"result":{"content":[]}}',
        b'{"jsonrpc":"2.0","id":null,"result":{"content":[]}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[]},"error":{"code":1,"message":"x"}}',
        b'{"jsonrpc":"2.0","id":1,"result":{"content":[]},"Result":{"content":[]}}',
        b'[{"jsonrpc":"2.0","id":1,"result":{"content":[]}}]',
    ],
)
def test_what_a_stream_may_not_say_ends_it_with_nothing_said(message: bytes) -> None:
    async def test(w: World) -> None:
        text = await collect(await w.call(w.mcp_call("read_ticket")))
        assert b'"error"' in text
        assert b'"result"' not in text
        assert w.journal.find("call.cut").released_bytes == 0

    good = result_message(text_result("never"))
    pieces = events([message, good])
    run(test, calling=lambda params: FakeAnswer(headers=EVENT_STREAM, body=in_pieces(*pieces)))


def test_two_answers_to_one_call_release_one() -> None:
    both = b"".join(events([result_message(text_result(each)) for each in ("one", "two")]))

    async def test(w: World) -> None:
        text = await collect(await w.call(w.mcp_call("read_ticket")))
        assert b"two" not in text

    run(test, calling=lambda params: FakeAnswer(headers=EVENT_STREAM, body=in_pieces(both)))


def test_event_ids_of_the_upstream_do_not_reach_an_mcp_client() -> None:
    message = result_message(text_result("ok"))
    event = b"id: 1\nid: 1\nretry: 0\nevent: x\ndata: " + message + b"\n\n"

    async def test(w: World) -> None:
        text = await collect(await w.call(w.mcp_call("read_ticket")))
        assert b'"ok"' in text
        assert not [name for name in (b"id: 1\n", b"retry:", b"event: x") if name in text]

    run(test, calling=lambda params: FakeAnswer(headers=EVENT_STREAM, body=in_pieces(event)))
