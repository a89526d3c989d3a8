"""An HTTP answer, passed on or told."""

import json

import pytest

from remit.mcp.errors import ReplyInvalid
from remit.proxy.asked import MCPForm
from remit.proxy.dialects.http_upstream import PassedOn, tell_as_result
from remit.proxy.errors import CredentialEchoed
from remit.proxy.scanning import Scanner
from tests.proxy.world import REMIT_SELF


def told(status: int, body: bytes) -> tuple[dict[str, object], bool]:
    made, is_error = tell_as_result(status, b"text/plain", body, MCPForm("c"), REMIT_SELF)
    return json.loads(made)["result"], is_error


def test_an_answer_is_told_as_text() -> None:
    result, is_error = told(200, b"hello")
    assert (result["content"], result["isError"], is_error) == (
        [{"type": "text", "text": "hello"}],
        False,
        False,
    )


def test_a_refusal_is_told_with_its_status() -> None:
    result, is_error = told(409, b"taken")
    assert is_error
    assert result["content"] == [
        {"type": "text", "text": "HTTP 409"},
        {"type": "text", "text": "taken"},
    ]


def test_what_is_no_text_is_not_told() -> None:
    with pytest.raises(ReplyInvalid):
        told(200, b"\xff")


def test_a_stream_is_passed_on_as_far_as_it_may() -> None:
    passed = PassedOn(Scanner((b"sesame",)))
    assert passed.feed(b"open ses") == b"open "
    assert passed.feed(b"ami") == b"sesami"
    assert (passed.end(), passed.is_whole, passed.is_error) == (b"", False, False)
    with pytest.raises(CredentialEchoed):
        passed.feed(b"sesame")
    assert passed.fail(CredentialEchoed()) == b""
