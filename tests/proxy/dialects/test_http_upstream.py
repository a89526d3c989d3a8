"""An HTTP answer, passed on or told."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.mcp.errors import ReplyInvalid
from remit.proxy.asked import MCPForm
from remit.proxy.dialects.http_upstream import PassedOn, tell_as_result
from remit.proxy.errors import CredentialEchoed
from remit.proxy.scanning import Scanner
from remit.vault.needles import needles_of
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


SECRET = b's3cr3t/"of"+the=upstream'
NEEDLES = needles_of(SECRET)


def passed(pieces: list[bytes]) -> tuple[bytes, bool]:
    """What left before the end or the refusal, and whether it was refused."""
    stream = PassedOn(Scanner(NEEDLES))
    released = b""
    try:
        for piece in pieces:
            released += stream.feed(piece)
        return released + stream.end(), False
    except CredentialEchoed:
        return released, True


def cut(content: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(content) + 1) for place in places), len(content)]
    return [content[a:b] for a, b in pairwise(edges)]


def test_a_stream_passes_line_by_line() -> None:
    stream = PassedOn(Scanner((b"sesame",)))
    assert stream.feed(b"open ses") == b""
    assert stream.feed(b"ami\r\nbe ") == b"open sesami\r\n"
    assert (stream.end(), stream.is_whole, stream.is_error) == (b"be ", False, False)
    with pytest.raises(CredentialEchoed):
        stream.feed(b"sesame\n")
    assert stream.fail(CredentialEchoed()) == b""


def test_a_line_has_an_end() -> None:
    stream = PassedOn(Scanner(()), max_line_bytes=10)
    assert stream.feed(b"x" * 30 + b"\n" + b"y" * 10) == b"x" * 30 + b"\n"
    with pytest.raises(ReplyInvalid):
        stream.feed(b"y")


@given(
    st.lists(
        st.binary(max_size=12)
        | st.sampled_from([*NEEDLES, SECRET[:9], SECRET[9:], b"\n", b"\r", b"\\u0073"])
    ),
    st.lists(st.integers(min_value=0, max_value=2000), max_size=12),
)
def test_every_cut_of_a_stream_is_decided_as_the_whole(
    parts: list[bytes], places: list[int]
) -> None:
    content = b"".join(parts)
    whole, is_refused = passed([content])
    released, was_refused = passed(cut(content, places))
    assert was_refused == is_refused
    assert content.startswith(released) if was_refused else released == whole == content
    # Nothing of the secret has left, and nothing behind it.
    assert not any(needle in released for needle in NEEDLES)
