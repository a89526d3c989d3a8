"""Paths and URIs over everything: one meaning and one spelling, or a refusal."""

import posixpath
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import Malformed
from remit.kernel.paths import format_path, parse_request_path
from remit.kernel.uri import normalize_htu, parse_resource, parts_of

TRICKY = st.text("/\\.%;?# 25ef2FcC0aA\u00e9\u00df\ufb01\uff0f\uff0e\u0301", max_size=20)
RAW_PATHS = st.binary(max_size=40) | TRICKY.map(lambda text: b"/" + text.encode())
URIS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(
        ["localhost", "api.example", "API.example", "[::1]", "127.0.0.1", "127.1", "a@b"]
    ),
    st.sampled_from(["", ":", ":80", ":443", ":8443", ":08"]),
    st.text("/.%2e7EaA?#;", max_size=12),
)


@given(st.lists(st.text(max_size=8) | TRICKY, max_size=4).map(tuple))
def test_segments_that_can_be_written_are_read_back(segments: tuple[str, ...]) -> None:
    try:
        path = format_path(segments)
    except Malformed:
        return
    assert parse_request_path(path) == segments


@given(RAW_PATHS)
def test_a_path_that_is_read_means_the_same_to_every_careless_reader(raw: bytes) -> None:
    try:
        segments = parse_request_path(raw)
    except Malformed:
        return
    path = format_path(segments)
    assert parse_request_path(path) == segments
    decoded = unquote(path.decode(), errors="strict")
    assert decoded == "/" + "/".join(segments)
    # Resolving dots, doubling slashes, cutting parameters or decoding again changes nothing.
    assert posixpath.normpath(decoded) == decoded
    assert unquote(decoded, errors="strict") == decoded
    assert not {";", "\\", "\x00"} & set(decoded)


@given(URIS)
def test_an_exact_uri_is_one_that_normalising_leaves_alone(text: str) -> None:
    try:
        resource = parse_resource(text)
    except Malformed:
        return
    assert normalize_htu(text) in (text, text + "/")
    split = urlsplit(text)
    parts = parts_of(resource)
    assert (parts.scheme, parts.host, parts.path) == (split.scheme, split.hostname, split.path)
    assert split.username is None
    assert not split.query + split.fragment


@given(URIS)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    try:
        normal = normalize_htu(text)
    except Malformed:
        return
    assert normalize_htu(normal) == normal
