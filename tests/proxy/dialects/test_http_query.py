"""Queries that read one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import Malformed
from remit.proxy.dialects.http_query import MAX_PAIRS, format_query, parse_query
from remit.proxy.errors import AmbiguousRequest


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"", {}),
        (b"a=1", {"a": "1"}),
        (b"a=", {"a": ""}),
        (b"a=b+c%20d", {"a": "b c d"}),
        (b"a%5B%5D=x&b=%C3%A9", {"a[]": "x", "b": "é"}),
        (b"a=1%2B1", {"a": "1+1"}),
    ],
)
def test_each_name_has_its_value(raw: bytes, read: dict[str, str]) -> None:
    assert parse_query(raw) == read


@pytest.mark.parametrize(
    "raw",
    [
        b"a", b"=a", b"&a=1", b"a=1&", b"a=1;b=2", b"a=1=2", b"a=1&a=2", b"a=1&A=2", b"a=%",
        b"a=%zz", b"a=%0A", b"a=%7f", b"a=%ff", b"a=\xc3\xa9", b"a=1#", b"a[]=1", b"a=\"", b"a=<",
    ],
)  # fmt: skip
def test_what_reads_two_ways_is_refused(raw: bytes) -> None:
    with pytest.raises(AmbiguousRequest):
        parse_query(raw)


def test_a_query_has_so_many_pairs() -> None:
    with pytest.raises(AmbiguousRequest):
        parse_query(b"&".join(b"a%d=1" % number for number in range(MAX_PAIRS + 1)))


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.text(max_size=9), max_size=5))
def test_what_is_written_is_read_as_it_was(parameters: dict[str, str]) -> None:
    try:
        written = format_query(parameters.items())
        read = parse_query(written.removeprefix(b"?"))
    except (Malformed, UnicodeEncodeError):
        return
    assert read == parameters


@given(st.binary(max_size=40))
def test_no_bytes_are_a_fault(raw: bytes) -> None:
    try:
        parse_query(raw)
    except Malformed:
        return
