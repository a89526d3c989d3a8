import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import RemitError
from remit.outbound.errors import RequestUnsendable
from remit.outbound.message import OutboundRequest, find_header


def test_the_bytes_are_the_ones_decided_on_with_host_and_length_added():
    request = OutboundRequest(
        b"POST", b"/a%2fb/../c?x", ((b"X-One", b"1"), (b"x-one", b"2")), b"{}"
    )
    assert request.head(b"a.example") == (
        b"POST /a%2fb/../c?x HTTP/1.1\r\nHost: a.example\r\nX-One: 1\r\nx-one: 2\r\n"
        b"Content-Length: 2\r\n\r\n"
    )


def test_a_get_has_no_length_and_an_empty_post_has_length_zero():
    assert b"Content-Length" not in OutboundRequest(b"GET", b"/").head(b"a")
    assert b"Content-Length: 0\r\n" in OutboundRequest(b"POST", b"/").head(b"a")


@pytest.mark.parametrize("method", [b"", b"get", b"GET /x", b"GET\r\n", b"CONNECT", b"TRACE"])
def test_a_method_that_the_door_does_not_send_is_refused(method):
    with pytest.raises(RequestUnsendable):
        OutboundRequest(method, b"/")


@pytest.mark.parametrize(
    "target",
    [b"", b"*", b"http://a/", b"x", b"/a b", b"/a\r\nX: y", b"/\x00", b"/#f", b"/\xff", b"/\x7f"],
)
def test_a_target_that_is_not_in_origin_form_is_refused(target):
    with pytest.raises(RequestUnsendable):
        OutboundRequest(b"GET", target)


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r", b"a\n", b"\xe9", b"a\x00", b"a("])
def test_a_header_name_that_is_no_token_is_refused(name):
    with pytest.raises(RequestUnsendable):
        OutboundRequest(b"GET", b"/", ((name, b"x"),))


@pytest.mark.parametrize(
    "value",
    [b"a\r\nX: y", b"a\r", b"a\n", b"\x00", b"a\x7f", b" a", b"a ", b"\ta", b"a\r\n b", b"\x1b"],
)
def test_a_header_value_that_could_break_its_line_is_refused_and_not_shown(value):
    with pytest.raises(RequestUnsendable) as refused:
        OutboundRequest(b"GET", b"/", ((b"x", b"s3cr3t" + value + b"\x00"),))
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "name",
    [b"Host", b"content-length", b"Transfer-Encoding", b"CONNECTION", b"Upgrade", b"TE", b"Expect",
     b"Trailer", b"Keep-Alive", b"Accept-Encoding", b"Proxy-Authorization"],
)  # fmt: skip
def test_framing_and_connection_headers_are_the_doors_own(name):
    with pytest.raises(RequestUnsendable):
        OutboundRequest(b"GET", b"/", ((name, b"x"),))


def test_a_request_shows_neither_headers_nor_body():
    request = OutboundRequest(b"POST", b"/", ((b"authorization", b"Bearer s3cr3t"),), b"s3cr3t")
    assert "s3cr3t" not in repr(request)


def test_find_header_gives_the_first_or_nothing():
    assert find_header(((b"a", b"1"), (b"a", b"2")), b"a") == b"1"
    assert find_header((), b"a") is None


@given(st.binary(), st.binary(), st.binary())
def test_whatever_is_put_in_either_one_request_comes_out_or_a_refusal(target, name, value):
    try:
        head = OutboundRequest(b"GET", b"/" + target, ((name, value),)).head(b"a.example")
    except RemitError:
        return
    assert head.count(b"\r\n") == 4
    assert head.count(b"\n") == head.count(b"\r") == 4
