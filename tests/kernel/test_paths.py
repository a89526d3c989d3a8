"""The corpus of path confusion: each line was a bypass of somebody's gateway."""

import pytest

from remit.kernel.errors import Malformed
from remit.kernel.paths import (
    MAX_PATH_BYTES,
    MAX_SEGMENTS,
    check_segment,
    format_path,
    parse_request_path,
)

CONFUSING = {
    "nothing": b"",
    "a relative path": b"admin",
    "an asterisk form": b"*",
    "an absolute form": b"http://upstream/admin",
    "a network path": b"//evil.example/admin",
    "an empty segment": b"/v1//admin",
    "a slash at the end": b"/v1/admin/",
    "only slashes": b"///",
    "a dot segment": b"/v1/./admin",
    "a parent segment": b"/v1/public/../admin",
    "a parent segment at the end": b"/v1/..",
    "a dot alone": b"/.",
    "encoded dots": b"/v1/%2e%2e/admin",
    "encoded dots in upper case": b"/v1/%2E%2E/admin",
    "half encoded dots": b"/v1/.%2e/admin",
    "dots and an encoded slash": b"/v1/..%2fadmin",
    "three dots": b"/v1/.../admin",
    "dots and a space": b"/v1/..%20/admin",
    "a space alone": b"/v1/%20/admin",
    "an encoded slash": b"/v1/public%2Fadmin",
    "an encoded slash in lower case": b"/v1/public%2fadmin",
    "a backslash": b"/v1\\admin",
    "an encoded backslash": b"/v1/public%5Cadmin",
    "a parent through backslashes": b"/v1/..%5C..%5Cadmin",
    "a double encoded dot": b"/v1/%252e%252e/admin",
    "a double encoded slash": b"/v1/public%252Fadmin",
    "a triple encoded slash": b"/v1/public%25252Fadmin",
    "a matrix parameter": b"/v1/admin;x=1",
    "a session in the path": b"/v1/admin;jsessionid=1/users",
    "dots and a parameter": b"/v1/..;/admin",
    "an encoded semicolon": b"/v1/admin%3Bx",
    "NUL": b"/v1/admin\x00.json",
    "an encoded NUL": b"/v1/admin%00.json",
    "a raw line break": b"/v1/admin\r\nx: y",
    "an encoded line break": b"/v1/admin%0D%0Ax",
    "an encoded tab": b"/v1/admin%09",
    "an encoded delete": b"/v1/admin%7F",
    "a raw space": b"/v1/admin x",
    "a query": b"/v1/admin?x=1",
    "a fragment": b"/v1/admin#x",
    "an overlong slash": b"/v1/public%C0%AFadmin",
    "an overlong dot": b"/v1/%C0%AE%C0%AE/admin",
    "Latin-1": b"/v1/caf%E9",
    "a surrogate": b"/v1/%ED%A0%80",
    "raw UTF-8": "/v1/caf\u00e9".encode(),
    "a full-width slash": b"/v1/%EF%BC%8Fadmin",
    "full-width dots": b"/v1/%EF%BC%8E%EF%BC%8E/admin",
    "a two dot leader": b"/v1/%E2%80%A5/admin",
    "a full-width percent sign": b"/v1/%EF%BC%852e",
    "a decomposed letter": b"/v1/cafe%CC%81",
    "a byte order mark": b"/v1/%EF%BB%BFadmin",
    "a zero-width space": b"/v1/ad%E2%80%8Bmin",
    "a text direction mark": b"/v1/%E2%80%AEnimda",
    "a line separator": b"/v1/a%E2%80%A8b",
    "a needlessly encoded letter": b"/v1/%61dmin",
    "a needlessly encoded digit": b"/v%31/admin",
    "a needlessly encoded tilde": b"/%7Eroot",
    "a lower-case escape": b"/v1/a%c3%a9",
    "a percent sign alone": b"/v1/100%",
    "a broken escape": b"/v1/%GG",
    "a half escape": b"/v1/%2",
    "IIS escapes": b"/v1/%u002e%u002e",
    "a raw quote": b'/v1/"a"',
    "raw brackets": b"/v1/[a]",
    "too many bytes": b"/" + b"a" * MAX_PATH_BYTES,
    "too many segments": b"/a" * (MAX_SEGMENTS + 1),
}

CLEAR = {
    b"/": (),
    b"/v1/tickets/42": ("v1", "tickets", "42"),
    b"/v1/things:batchGet": ("v1", "things:batchGet"),
    b"/@scope/pkg-1.0_x~": ("@scope", "pkg-1.0_x~"),
    b"/a!$&'()*+,=b": ("a!$&'()*+,=b",),
    b"/.well-known/x..y": (".well-known", "x..y"),
    b"/Caf%C3%A9%20au%20lait": ("Caf\u00e9 au lait",),
    b"/100%25/a%3Fb%23c%22": ("100%", 'a?b#c"'),
    b"/%F0%9F%98%80": ("\N{GRINNING FACE}",),
}


@pytest.mark.parametrize("raw", CONFUSING.values(), ids=CONFUSING)
def test_a_path_that_two_servers_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_request_path(raw)


@pytest.mark.parametrize(("raw", "segments"), CLEAR.items())
def test_a_clear_path_is_decoded_once_and_written_alike(
    raw: bytes, segments: tuple[str, ...]
) -> None:
    assert parse_request_path(raw) == segments
    assert format_path(segments) == raw


def test_an_encoded_delimiter_means_itself_and_is_sent_in_its_one_spelling() -> None:
    segments = parse_request_path(b"/v1/a%40b%3Ac")
    assert segments == ("v1", "a@b:c")
    assert format_path(segments) == b"/v1/a@b:c"


@pytest.mark.parametrize(
    "segment",
    ["", ".", "..", "...", ". .", " ", "a/b", "../admin", "a\\b", "a;b", "%2e", "a%2Fb", "a\x00",
     "a\nb", "\ud800", "\uff0f", "\u2025", "e\u0301"],
)  # fmt: skip
def test_an_argument_cannot_become_more_than_one_segment(segment: str) -> None:
    with pytest.raises(Malformed):
        check_segment(segment)
    with pytest.raises(Malformed):
        format_path(("v1", segment))


def test_a_path_is_not_written_too_long() -> None:
    with pytest.raises(Malformed):
        format_path(("a" * MAX_PATH_BYTES,))
    with pytest.raises(Malformed):
        format_path(("a",) * (MAX_SEGMENTS + 1))
