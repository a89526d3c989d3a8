"""The answer of an MCP server, as a script: bytes in, what may leave out."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import RemitError
from remit.mcp.eras import MODERN
from remit.mcp.errors import ReplyInvalid
from remit.mcp.messages import MCPRequest, RequestMeta
from remit.proxy.asked import MCPForm
from remit.proxy.dialects.mcp_upstream import MCPAnswer, project_result
from remit.proxy.errors import CredentialEchoed, UpstreamFaulty
from remit.proxy.limits import ProxyLimits
from remit.proxy.scanning import Scanner
from remit.testing.mcp_upstream import progress_message, result_message, text_result
from remit.testing.upstream import events
from tests.proxy.world import REMIT_SELF

NEEDLE = b"sesame-street"


def answer(form: MCPForm | None = None) -> MCPAnswer:
    form = form or MCPForm("c", "mine", "info")
    meta = RequestMeta(
        MODERN.version, {}, progress_token=None if form.progress_token is None else 1
    )
    request = MCPRequest(1, MODERN, MODERN.methods["tools/call"], {"name": "t"}, meta, "t")
    return MCPAnswer(request, form, REMIT_SELF, Scanner((NEEDLE,)), ProxyLimits())


def read(message: bytes, form: MCPForm | None = None) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer(form).read(message))
    return told


def log_message(text: str) -> bytes:
    params: Json = {"level": "info", "data": text, "_meta": {"x": 1}}
    return canonicalize({"jsonrpc": "2.0", "method": "notifications/message", "params": params})


def test_a_result_is_answered_under_the_callers_id() -> None:
    told = read(result_message({**text_result("x"), "_meta": {"evil": 1}, "more": 2}))
    assert told["id"] == "c"
    assert told["result"].keys() == {"content", "isError", "resultType", "_meta"}
    assert told["result"]["_meta"] == {
        "io.modelcontextprotocol/serverInfo": {"name": "remit", "version": "0"}
    }


def test_a_failure_keeps_code_and_text_alone() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no","data":{"x":1}}}'
    it = answer()
    told = json.loads(it.read(body))
    assert told["error"] == {"code": -32602, "message": "no"}
    assert (it.status, it.is_error, it.is_whole) == (400, True, True)


def test_what_says_that_our_own_message_was_wrong_is_not_the_callers_affair() -> None:
    with pytest.raises(UpstreamFaulty):
        read(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32022,"message":"version"}}')


def test_a_whole_answer_is_no_notification() -> None:
    with pytest.raises(ReplyInvalid):
        read(log_message("x"))


@pytest.mark.parametrize(
    "members",
    [{}, {"content": "x"}, {"content": [1]}, {"content": [{}]}, {"content": [], "isError": 1}],
)
def test_a_result_is_made_of_what_a_tools_result_is_made_of(members: Mapping[str, Json]) -> None:
    with pytest.raises(ReplyInvalid):
        project_result(members)


def test_a_stream_is_told_message_by_message() -> None:
    it = answer()
    first, second, last = events(
        [progress_message(1), log_message("hi"), result_message(text_result("x"))]
    )
    assert b'"progressToken":"mine"' in it.feed(first)
    assert b'"_meta"' not in it.feed(second)
    assert not it.is_whole
    assert it.feed(last).endswith(b"\n\n")
    assert it.is_whole


def test_log_lines_that_nobody_asked_for_end_here() -> None:
    it = answer(MCPForm("c"))
    assert it.feed(*events([log_message("hi")])) == b""
    with pytest.raises(ReplyInvalid):
        it.feed(*events([progress_message(1)]))


def test_nothing_follows_the_answer() -> None:
    final = result_message(text_result("x"))
    with pytest.raises(ReplyInvalid):
        answer().feed(b"".join(events([final, final])))
    with pytest.raises(ReplyInvalid):
        answer().end()


def test_the_credential_leaves_in_no_message() -> None:
    for message in (
        result_message(text_result(NEEDLE.decode())),
        log_message(NEEDLE.decode()),
        result_message({**text_result("x"), "structuredContent": {NEEDLE.decode(): 1}}),
    ):
        with pytest.raises(CredentialEchoed):
            answer().feed(*events([message]))


def test_what_fails_is_told_in_a_last_event() -> None:
    event = answer().fail(CredentialEchoed("sesame"))
    told = json.loads(event.removeprefix(b"data: "))
    assert told["id"] == "c"
    assert told["error"]["data"]["error"] == "credential_echoed"


@given(st.lists(st.integers(0, 400), max_size=8), st.booleans())
def test_however_a_stream_is_cut_it_is_told_the_same(places: list[int], holds: bool) -> None:
    text = NEEDLE.decode() if holds else "innocent"
    whole = b"".join(
        events([progress_message(1), log_message("a"), result_message(text_result(text))])
    )
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    it, told, error = answer(), b"", None
    try:
        for begin, end in pairwise(edges):
            told += it.feed(whole[begin:end])
    except RemitError as refused:
        error = refused
    assert isinstance(error, CredentialEchoed) == holds
    assert NEEDLE not in told
    assert it.is_whole or holds


@given(st.binary(max_size=200))
def test_no_bytes_are_a_fault(body: bytes) -> None:
    for reading in (answer().read, answer().feed):
        try:
            reading(body)
        except RemitError:
            continue
