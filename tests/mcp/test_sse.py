import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.mcp.errors import ReplyInvalid
from remit.mcp.sse import KEEP_ALIVE, SSEEvent, SSEParser, message_event, serialize_event

STREAM = (
    b"\xef\xbb\xbf: welcome\r\n\r\n"
    b"event: message\r\nid: 1\r\nretry: 1000\r\ndata: one\r\ndata:  two\r\ndata\r\n\r\n"
    b"data:plain\n\n"
    b"event: other\rdata: \xc3\xbc\r\r"
    b"id: nothing\n\n:\n\n"
    b"unknown: x\nData: x\ndata: last\n\ndata: cut off"
)
EVENTS = [
    SSEEvent("one\n two\n", "message", "1", 1000),
    SSEEvent("plain"),
    SSEEvent("ü", "other"),
    SSEEvent("last"),
]


def read(pieces, **limits):
    parser = SSEParser(**limits)
    found = [event for piece in pieces for event in parser.feed(piece)]
    return found + parser.finish()


def test_a_stream_is_read_as_the_standard_says():
    assert read([STREAM]) == EVENTS


def test_a_stream_is_the_same_wherever_it_is_cut():
    for cut in range(len(STREAM)):
        assert read([STREAM[:cut], STREAM[cut:]]) == EVENTS
    assert read([STREAM[at : at + 1] for at in range(len(STREAM))]) == EVENTS


def test_an_event_is_given_out_as_soon_as_its_empty_line_has_come():
    parser = SSEParser()
    assert parser.feed(b"data: x\n") == []
    assert parser.feed(b"\n") == [SSEEvent("x")]
    assert parser.feed(b"data: y\r\n\r\n") == [SSEEvent("y")]


def test_a_last_event_that_ends_in_carriage_returns_is_not_lost():
    assert read([b"data: x\r\r"]) == [SSEEvent("x")]


def test_comments_and_events_without_data_say_nothing():
    assert read([KEEP_ALIVE * 3, b"event: x\n\nid: 1\n\nretry: 5\n\n"]) == []


@pytest.mark.parametrize("retry", [b"-1", b"1.5", b"x", b"", b"\xd9\xa1", b"9" * 10])
def test_a_retry_that_is_no_plain_number_is_ignored(retry):
    assert read([b"retry: " + retry + b"\ndata: x\n\n"]) == [SSEEvent("x")]


def test_an_id_with_a_null_is_ignored():
    assert read([b"id: a\x00b\ndata: x\n\n"]) == [SSEEvent("x")]


@pytest.mark.parametrize(
    "raw",
    [b"data: " + b"x" * 200, b"data: x\n" * 50, b"event: " + b"x" * 200 + b"\n", b":" + b"x" * 200],
)
def test_an_event_beyond_the_limit_is_refused_before_it_ends(raw):
    for size in (1, 30, len(raw)):
        with pytest.raises(ReplyInvalid):
            read([raw[at : at + size] for at in range(0, len(raw), size)], max_event_bytes=100)


def test_the_limit_is_for_one_event_and_not_for_all():
    assert len(read([b"data: 0123456789\n\n"] * 100, max_event_bytes=100)) == 100
    assert len(read([b"data: 0123456789\n\n" * 100], max_event_bytes=100)) == 100


def test_comments_without_end_take_no_memory():
    assert read([b": comment\n"] * 1000 + [b"data: x\n\n"], max_event_bytes=100) == [SSEEvent("x")]


def test_what_is_not_utf8_is_refused():
    with pytest.raises(ReplyInvalid):
        read([b"data: \xff\n\n"])


@pytest.mark.parametrize(
    "event", [SSEEvent("x", "a\nb"), SSEEvent("x", id="a\rb"), SSEEvent("x", id="\0")]
)
def test_an_event_that_would_end_its_own_line_has_no_form(event):
    with pytest.raises(ReplyInvalid):
        serialize_event(event)


def test_a_message_is_one_line():
    assert read([message_event(b'{"a":"\\n"}')]) == [SSEEvent('{"a":"\\n"}')]


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"))
EVENT = st.builds(
    SSEEvent,
    st.text(st.characters(codec="utf-8", exclude_characters="\r")),
    LINE.filter(bool),
    st.none() | LINE,
    st.none() | st.integers(0, 999_999_999),
)


@given(st.lists(EVENT, max_size=5), st.integers(1, 9))
def test_what_is_written_is_read_again(events, size):
    raw = b"".join(serialize_event(event) for event in events)
    assert read([raw[at : at + size] for at in range(0, len(raw), size)]) == events


@given(
    st.lists(
        st.binary() | st.sampled_from([b"data:", b"\r", b"\n", b"\r\n\r\n", b"id: "]), max_size=20
    )
)
def test_no_bytes_raise_anything_but_a_refusal_and_cutting_changes_nothing(pieces):
    def outcome(parts):
        try:
            return read(parts)
        except ReplyInvalid:
            return None

    whole = b"".join(pieces)
    assert outcome(pieces) == outcome([whole]) == outcome([bytes([byte]) for byte in whole])
