"""The fake MCP server answers as a real one does, which tests/proxy relies on."""

import json

import pytest

from remit.mcp.build import Implementation, own_message
from remit.mcp.eras import MODERN
from remit.testing.mcp_upstream import FakeMCP, failure, progress_message, reply, text_result
from remit.testing.upstream import ReceivedRequest


def ask(fake: FakeMCP, method: str, params: dict[str, object]) -> dict[str, object]:
    message = own_message(MODERN, method, params, Implementation("r", "0"), sent_as=1)  # type: ignore[arg-type]
    answer = fake.answer(ReceivedRequest("POST", "/", message.headers, message.body))
    assert isinstance(answer.body, bytes)
    told: dict[str, object] = json.loads(answer.body)
    return told


def test_it_lists_what_it_is_given_and_changes_with_it() -> None:
    fake = FakeMCP([{"name": "a"}])
    assert ask(fake, "tools/list", {})["result"] == {
        "tools": [{"name": "a"}],
        "resultType": "complete",
    }
    fake.tools = []
    assert ask(fake, "tools/list", {})["result"] == {"tools": [], "resultType": "complete"}


def test_it_remembers_calls_and_answers_them() -> None:
    fake = FakeMCP([])
    assert ask(fake, "tools/call", {"name": "a"})["result"] == text_result("ok")
    fake.calling = lambda params: reply(text_result(str(params["name"]), is_error=True))
    assert ask(fake, "tools/call", {"name": "b"})["result"] == text_result("b", is_error=True)
    assert [params["name"] for params in fake.called] == ["a", "b"]


def test_what_has_no_params_is_no_message() -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}'
    with pytest.raises(TypeError):
        FakeMCP([]).answer(ReceivedRequest("POST", "/", (), body))


def test_other_messages_have_their_forms() -> None:
    assert json.loads(progress_message(3))["params"] == {"progress": 3, "progressToken": 1}
    body = failure(-1, "no", 400).body
    assert isinstance(body, bytes)
    assert json.loads(body)["error"] == {"code": -1, "message": "no"}
