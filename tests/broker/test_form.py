"""The form parser: one meaning, or a refusal."""

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.broker.form import MAX_BYTES, MEDIA_TYPE, parse_form
from remit.kernel.oauth import InvalidRequest

FORM = (MEDIA_TYPE,)


def test_parameters_are_decoded_once() -> None:
    parsed = parse_form(FORM, b"grant_type=a%3Ab&resource=http%3A%2F%2Fx%2F%252F&remit=a+b")
    assert parsed == {"grant_type": "a:b", "resource": "http://x/%2F", "remit": "a b"}


@pytest.mark.parametrize(
    "content_types",
    [
        (),
        ("application/json",),
        ("text/plain",),
        (MEDIA_TYPE, MEDIA_TYPE),
        (f"{MEDIA_TYPE}; charset=utf-16",),
        (f"{MEDIA_TYPE}x",),
    ],
)
def test_another_content_type_is_refused(content_types: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequest):
        parse_form(content_types, b"grant_type=x")


@pytest.mark.parametrize("content_type", [MEDIA_TYPE.upper(), f"{MEDIA_TYPE}; charset=UTF-8"])
def test_the_forms_media_type_is_known_in_its_variants(content_type: str) -> None:
    assert parse_form((content_type,), b"a=b") == {"a": "b"}


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&a=2",
        b"a=1&%61=2",
        b"a",
        b"=1",
        b"a=1&&b=2",
        b"a=%zz",
        b"a=%e",
        b"a=%ff",
        b"a=%00",
        b"a=\xc3\xa9",
        b"a=b c",
        b"a=%0d%0aSet-Cookie:x",
        b"a=" + b"x" * MAX_BYTES,
        b"&".join(b"p%d=1" % n for n in range(33)),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_form(FORM, body)


def test_an_empty_value_counts_as_absent() -> None:
    assert parse_form(FORM, b"a=&b=1") == {"b": "1"}
    with pytest.raises(InvalidRequest):
        parse_form(FORM, b"a=&a=1")


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1),
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1),
        max_size=8,
    )
)
def test_what_a_client_encodes_is_what_is_read(parameters: dict[str, str]) -> None:
    assert parse_form(FORM, urlencode(parameters).encode()) == parameters


@given(st.binary(max_size=200))
def test_noise_is_parsed_or_refused_and_nothing_else(noise: bytes) -> None:
    with contextlib.suppress(InvalidRequest):
        assert all(parse_form(FORM, noise).values())
