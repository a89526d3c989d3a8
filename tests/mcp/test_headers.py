import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.mcp.errors import HeaderMismatch, MCPError, MediaTypeRefused, NotAcceptable
from remit.mcp.headers import MCPHeaders, decode_value, encode_value, read_headers
from tests.mcp.cases import MEDIA, headers


def test_mirrored_headers_are_read_whatever_their_case():
    raw = (*MEDIA, (b"MCP-Protocol-Version", b"v"), (b"Mcp-Method", b"m"), (b"MCP-NAME", b" n "),
           (b"Mcp-Param-Region", b"west"), (b"x-other", b"\xff"))  # fmt: skip
    assert read_headers(raw) == MCPHeaders("v", "m", "n", (("region", "west"),))
    assert read_headers(raw).find_param("REGION") == "west"
    assert read_headers(raw).find_param("zone") is None


@pytest.mark.parametrize(
    "doubled",
    [b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-param-a", b"content-type"],
)
def test_a_doubled_header_is_refused_even_if_both_say_the_same(doubled):
    twice = tuple(h for h in headers("m", "n", (b"mcp-param-a", b"x")) if h[0] == doubled)
    with pytest.raises(HeaderMismatch):
        read_headers((*headers("m", "n", (b"mcp-param-a", b"x")), (doubled.upper(), twice[0][1])))


@pytest.mark.parametrize("value", [b"a\x00", b"\xc3\xbc", b"a\rb", b"\x1b[2J", b"a\x7f"])
def test_a_value_that_is_no_plain_text_is_refused_and_not_repeated(value):
    for name in (b"mcp-name", b"mcp-param-a"):
        with pytest.raises(HeaderMismatch) as caught:
            read_headers((*headers("m"), (name, value)))
        assert caught.value.message.isprintable()


def test_more_parameter_headers_than_any_tool_has_are_refused():
    many = tuple((b"mcp-param-%d" % number, b"x") for number in range(65))
    with pytest.raises(HeaderMismatch):
        read_headers((*headers("m"), *many))


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"Application/JSON", b"application/json; charset=utf-8",
     b'application/json;charset="UTF-8"', b" application/json "],
)  # fmt: skip
def test_plain_json_is_taken(content_type):
    assert read_headers(((b"content-type", content_type), MEDIA[1]))


@pytest.mark.parametrize(
    "content_type",
    [None, b"", b"text/plain", b"application/json;x", b"application/json; charset=latin-1",
     b"application/json-seq", b"application/jsonx", b"text/json", b"application/json, text/plain",
     b"application/json; charset=utf-8; charset=utf-16", b"application/x-www-form-urlencoded"],
)  # fmt: skip
def test_any_other_content_type_is_refused(content_type):
    raw = () if content_type is None else ((b"content-type", content_type),)
    with pytest.raises(MediaTypeRefused) as caught:
        read_headers((*raw, MEDIA[1]))
    assert caught.value.status == 415


@pytest.mark.parametrize(
    "accept",
    [b"application/json, text/event-stream", b"text/event-stream;q=0.5,application/json", b"*/*",
     b"application/*, text/*", b"APPLICATION/JSON , TEXT/EVENT-STREAM", b"text/html, */*;q=0.1"],
)  # fmt: skip
def test_both_media_types_must_be_acceptable(accept):
    assert read_headers((MEDIA[0], (b"accept", accept)))


@pytest.mark.parametrize(
    "accept",
    [b"", b"application/json", b"text/event-stream", b"application/json, text/event-stream;q=0",
     b"application/json;q=0.0, text/event-stream", b"text/html", b"application/jsonx, text/*"],
)  # fmt: skip
def test_an_accept_that_leaves_one_out_is_refused(accept):
    with pytest.raises(NotAcceptable) as caught:
        read_headers((MEDIA[0], (b"accept", accept)))
    assert caught.value.status == 406


def test_two_lines_of_accept_are_one_list():
    assert read_headers((MEDIA[0], (b"accept", b"application/json"), (b"accept", b"text/*")))


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ],
)
def test_values_are_encoded_as_the_specification_shows(value, encoded):
    assert encode_value(value) == encoded
    assert decode_value(encoded, "x") == value


@pytest.mark.parametrize(
    "value",
    ["=?base64?====?=", "=?base64?eB==?=", "=?base64?/w==?=", "=?base64?e A=?=", "=?base64?eA?="],
)
def test_a_broken_base64_form_is_refused(value):
    with pytest.raises(HeaderMismatch):
        decode_value(value, "Mcp-Name")


@pytest.mark.parametrize("value", ["=?base64?=", "=?BASE64?eA==?=", "=?base64?eA==", "?="])
def test_what_is_not_quite_the_form_is_itself(value):
    assert decode_value(value, "x") == value


@given(st.text())
def test_what_is_encoded_is_plain_and_decodes_to_itself(value):
    try:
        encoded = encode_value(value)
    except HeaderMismatch:
        assert any("\ud800" <= character <= "\udfff" for character in value)
        return
    assert encoded.isascii()
    assert encoded.isprintable()
    assert decode_value(encoded, "x") == value


NAMES = st.sampled_from([b"content-type", b"accept", b"mcp-name", b"mcp-param-", b"Mcp-Param-A"])
VALUES = st.sampled_from([b"application/json", b"*/*", b"text/event-stream;q=0"])


@given(st.lists(st.tuples(NAMES | st.binary(), VALUES | st.binary())))
def test_no_headers_raise_anything_but_an_mcp_error(raw):
    try:
        read = read_headers(raw)
    except MCPError as error:
        read = error.message
    assert isinstance(read, MCPHeaders) or read.isprintable()
