"""base64url in its one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.jose.encoding import decode_base64url, encode_base64url, sha256_base64url
from remit.kernel.errors import Malformed


@given(st.binary(max_size=64))
def test_bytes_come_back(raw: bytes) -> None:
    assert decode_base64url(encode_base64url(raw)) == raw


def test_the_sample_of_rfc_7515_appendix_c() -> None:
    assert encode_base64url(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"


@pytest.mark.parametrize(
    "text",
    [
        "A-z_4ME=",
        "A+z/4ME",
        "A-z_4MF",
        "A-z_ 4ME",
        "A-z_4ME\n",
        "A",
        "AB=C",
        "A.B",
        "\u00e9",
        "A\x00Bc",
    ],
)
def test_a_second_spelling_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        decode_base64url(text)


@given(st.text("ABab01-_+/= \n.", max_size=12))
def test_whatever_is_decoded_has_no_other_spelling(text: str) -> None:
    try:
        raw = decode_base64url(text)
    except Malformed:
        return
    assert encode_base64url(raw) == text


def test_an_access_token_hash_is_that_of_rfc_9449_section_7_1() -> None:
    compact = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    expected = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    assert sha256_base64url(compact.encode()) == expected
