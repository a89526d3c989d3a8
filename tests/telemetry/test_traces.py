"""W3C Trace Context: continued when it is exactly right, begun anew when it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.entropy import SystemEntropy
from remit.telemetry.traces import begin_trace, receive_trace

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{SPAN}-01"


class Same:
    """An Entropy that always draws one byte again and again."""

    def __init__(self, byte: int = 0xAB) -> None:
        self._byte = byte

    def draw(self, size: int) -> bytes:
        return bytes([self._byte]) * size


def test_a_trace_is_continued_by_a_span_of_ours() -> None:
    context = receive_trace([GOOD], ["rojo=00f067aa0ba902b7"], Same())
    assert (context.trace_id, context.parent_id) == (TRACE, SPAN)
    assert context.span_id == "ab" * 8
    assert context.sampled
    assert context.state == "rojo=00f067aa0ba902b7"
    assert context.traceparent == f"00-{TRACE}-{'ab' * 8}-01"


def test_an_upstream_gets_a_child_of_our_span() -> None:
    context = receive_trace([GOOD], ["a=1"], Same())
    child = context.child(Same(0xCD))
    assert (child.trace_id, child.parent_id, child.span_id) == (TRACE, "ab" * 8, "cd" * 8)
    assert (child.sampled, child.state) == (True, "a=1")


@pytest.mark.parametrize(
    "traceparents",
    [
        [],
        [""],
        [GOOD, GOOD],
        [f"{GOOD}, {GOOD}"],
        [GOOD.upper()],
        [" " + GOOD],
        [GOOD + "\n"],
        [GOOD + "-extra"],
        [GOOD[:-1]],
        [GOOD + "0"],
        [GOOD.replace("-", "_")],
        [f"ff-{TRACE}-{SPAN}-01"],
        [f"0-{TRACE}-{SPAN}-01"],
        [f"00-{'0' * 32}-{SPAN}-01"],
        [f"00-{TRACE}-{'0' * 16}-01"],
        [f"00-{TRACE[:-1]}g-{SPAN}-01"],
        [f"00-{TRACE}-{SPAN}-0x"],
        [f"01-{TRACE}-{SPAN}-01x"],
        ["\u0660" + GOOD[1:]],
    ],
)
def test_what_is_not_exactly_right_begins_a_new_trace(traceparents: list[str]) -> None:
    context = receive_trace(traceparents, ["a=1"], Same())
    assert context == begin_trace(Same())
    assert (context.trace_id, context.parent_id, context.state) == ("ab" * 16, None, "")


@pytest.mark.parametrize(
    "header", [f"01-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what-the-future"]
)
def test_a_later_version_is_read_as_ours_and_written_as_ours(header: str) -> None:
    context = receive_trace([header], [], Same())
    assert context.trace_id == TRACE
    assert context.traceparent.startswith("00-")


@pytest.mark.parametrize(
    ("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("ff", True)]
)
def test_only_the_sampled_flag_is_known(flags: str, sampled: bool) -> None:
    assert receive_trace([f"00-{TRACE}-{SPAN}-{flags}"], [], Same()).sampled is sampled


@pytest.mark.parametrize(
    ("headers", "state"),
    [
        (["a=1,b=2"], "a=1,b=2"),
        (["a=1", "b=2"], "a=1,b=2"),
        ([" a=1 ,\t, b=2 "], "a=1,b=2"),
        (["fw529a3039@dt=FfAAA", "0t@s=v"], "fw529a3039@dt=FfAAA,0t@s=v"),
        (["a=some text"], "a=some text"),
        ([], ""),
    ],
)
def test_a_state_is_carried_on(headers: list[str], state: str) -> None:
    assert receive_trace([GOOD], headers, Same()).state == state


@pytest.mark.parametrize(
    "headers",
    [
        ["a"],
        ["=1"],
        ["a="],
        ["A=1"],
        ["0a=1"],
        ["a=1,a=2"],
        ["a=1", "a=2"],
        ["a=b=c"],
        ["a@b@c=1"],
        ["a@=1"],
        ["a=1\r\nx: y"],
        ["a=\u00e9"],
        [",".join(f"k{n}=1" for n in range(33))],
        ["a=" + "x" * 256 + ",b=" + "x" * 256],
        ["a=" + "x" * 257],
        [",".join(["a=1"] * 10_000)],
    ],
    ids=map(str, range(16)),
)
def test_a_state_that_is_wrong_is_dropped_and_the_trace_goes_on(headers: list[str]) -> None:
    context = receive_trace([GOOD], headers, Same())
    assert (context.trace_id, context.state) == (TRACE, "")


def test_an_id_is_never_all_zeros() -> None:
    context = begin_trace(Same(0))
    assert int(context.trace_id, 16)
    assert int(context.span_id, 16)
    assert (len(context.trace_id), len(context.span_id)) == (32, 16)


def test_new_traces_differ() -> None:
    assert begin_trace(SystemEntropy()).trace_id != begin_trace(SystemEntropy()).trace_id


HEADERS = st.lists(st.text("0123abcdf-,=@ \n", max_size=60), max_size=3)


@given(HEADERS | st.just([GOOD]), HEADERS)
def test_whatever_comes_what_we_send_is_in_order(parents: list[str], states: list[str]) -> None:
    context = receive_trace(parents, states, Same())
    again = receive_trace([context.traceparent], [context.state], Same(0xCD))
    assert (again.trace_id, again.parent_id) == (context.trace_id, context.span_id)
    assert again.state == context.state
    assert (context.traceparent + context.state).isprintable()
