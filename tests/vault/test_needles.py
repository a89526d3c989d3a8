"""A secret is found however an upstream encodes it, wherever in a longer text it stands."""

import base64
import html
import json
from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from remit.vault.needles import SHORTEST_SECRET, needles_of

SECRETS = st.binary(min_size=SHORTEST_SECRET, max_size=60)


def found(value: bytes, text: bytes) -> bool:
    return any(needle in text for needle in needles_of(value))


@given(SECRETS, st.binary(max_size=9), st.binary(max_size=9))
def test_base64_is_found_in_every_alignment(value: bytes, before: bytes, after: bytes) -> None:
    assert found(value, base64.b64encode(before + value + after))
    assert found(value, base64.urlsafe_b64encode(before + value + after))


@given(SECRETS)
def test_raw_and_hex_and_percent_forms_are_found(value: bytes) -> None:
    assert found(value, b"x" + value + b"y")
    assert found(value, value.hex().encode())
    assert found(value, value.hex().upper().encode())
    assert found(value, quote(value, safe="").encode())


@given(st.text(st.characters(codec="ascii"), min_size=8, max_size=40))
def test_json_text_is_found(value: str) -> None:
    assert found(value.encode(), json.dumps({"echo": value}).encode())


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=8, max_size=40))
def test_forms_urls_and_markup_are_found(value: str) -> None:
    secret = value.encode()
    assert found(secret, urlencode({"echo": value}).encode())
    # What JavaScript's encodeURIComponent and Python's own default leave as they are.
    assert found(secret, quote(value, safe="!'()*").encode())
    assert found(secret, quote(value).encode())
    for quoted in (True, False):
        assert found(secret, html.escape(value, quote=quoted).encode())
    assert found(secret, html.escape(value).replace("&#x27;", "&#39;").encode())


def test_needles_are_few_and_longest_first() -> None:
    needles = needles_of(b"sk_live_0123456789abcdef")
    assert len(needles) <= 16
    assert list(needles) == sorted(needles, key=len, reverse=True)
    assert min(map(len, needles)) >= SHORTEST_SECRET
