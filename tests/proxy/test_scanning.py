"""The search for the injected credential: however a reply is cut, the decision is the same."""

import base64
import json
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.proxy.errors import CredentialEchoed
from remit.proxy.scanning import Scanner
from remit.vault.needles import needles_of

SECRET = b's3cr3t/"of"+\\the=upstream'
NEEDLES = needles_of(SECRET)
SCANNER = Scanner(NEEDLES)


def holds(content: bytes) -> bool:
    try:
        SCANNER.check(content)
    except CredentialEchoed:
        return True
    return False


def scan(pieces: list[bytes], needles: tuple[bytes, ...] = NEEDLES) -> tuple[bytes, bool]:
    """What left before the end or the refusal, and whether it was refused."""
    stream = Scanner(needles).stream()
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


FORMS = [
    SECRET,
    base64.b64encode(SECRET),
    base64.b64encode(b"x" + SECRET + b"yz"),
    base64.urlsafe_b64encode(b"xy" + SECRET),
    quote(SECRET, safe="").encode(),
    SECRET.hex().encode(),
    json.dumps(SECRET.decode()).encode(),
    json.dumps(json.dumps(SECRET.decode())).encode(),
    "".join(f"\\u{byte:04X}" for byte in SECRET).encode(),
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found_wherever_it_stands(form: bytes) -> None:
    assert holds(form)
    assert holds(b'{"a":"' + form + b'"}')


@pytest.mark.parametrize("content", [b"", b"plain", b"s3cr3", b"\\", b"\\\\\\u12", b"\xff\xfe"])
def test_innocent_content_passes(content: bytes) -> None:
    assert not holds(content)
    assert scan([content]) == (content, False)


def test_without_a_credential_everything_passes_at_once() -> None:
    stream = Scanner(()).stream()
    assert stream.feed(SECRET) == SECRET
    Scanner(()).check(SECRET + b"\\u0000")


@given(
    st.lists(st.binary(max_size=12) | st.sampled_from([*NEEDLES, SECRET[:9], SECRET[9:]])),
    st.lists(st.integers(min_value=0, max_value=2000), max_size=12),
)
def test_every_cut_of_a_stream_is_decided_as_the_whole(
    parts: list[bytes], places: list[int]
) -> None:
    content = b"".join(parts)
    first = min((content.find(n) for n in NEEDLES if n in content), default=-1)
    released, refused = scan(cut(content, places))
    assert refused == (first >= 0)
    if refused:
        # Nothing of the secret has left, and nothing behind it.
        assert content[:first].startswith(released)
    else:
        assert released == content


@given(
    st.lists(st.binary(min_size=2, max_size=5), min_size=1, max_size=4),
    st.binary(max_size=40),
    st.lists(st.integers(min_value=0, max_value=40), max_size=8),
)
def test_it_holds_for_needles_that_begin_alike(
    needles: list[bytes], content: bytes, places: list[int]
) -> None:
    kept = tuple(needles)
    first = min((content.find(n) for n in kept if n in content), default=-1)
    released, refused = scan(cut(content, places), kept)
    assert refused == (first >= 0)
    if refused:
        # No needle is whole in what left, and what left stands before the end of the first one.
        assert not any(n in released for n in kept)
        assert content.startswith(released)
    else:
        assert released == content


def test_after_a_refusal_nothing_leaves() -> None:
    stream = SCANNER.stream()
    with pytest.raises(CredentialEchoed):
        stream.feed(SECRET)
    for late in (lambda: stream.feed(b"more"), stream.end):
        with pytest.raises(CredentialEchoed):
            late()


def test_what_cannot_be_the_beginning_is_not_held_back() -> None:
    stream = SCANNER.stream()
    assert stream.feed(b"data: hello\n\n") == b"data: hello\n\n"
    assert stream.feed(b"hello s3c") == b"hello "
    assert stream.end() == b"s3c"


def test_a_scanner_shows_nothing_of_what_it_looks_for() -> None:
    assert "s3cr3t" not in repr(SCANNER) + repr(SCANNER.stream())
