"""Canonical JSON over all documents: one text a value, and the same value back."""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.canonical import Json, canonicalize, parse_strict
from remit.kernel.errors import Malformed
from remit.kernel.numbers import MAX_EXACT_INTEGER

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(-MAX_EXACT_INTEGER, MAX_EXACT_INTEGER)
SCALARS = (
    st.none() | st.booleans() | st.integers(-MAX_EXACT_INTEGER, MAX_EXACT_INTEGER) | FLOATS | TEXTS
)


def is_unambiguous(members: Mapping[str, Any]) -> bool:
    return len({name.casefold() for name in members}) == len(members)


DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(TEXTS, inner, max_size=5).filter(is_unambiguous)
    ),
    max_leaves=25,
)


def slowly(value: Any) -> str:
    """RFC 8785 once more, in the words of the standard and with none of our code."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: [*utf_16(name)])
        return "{" + ",".join(f"{quoted(name)}:{slowly(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(slowly, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return ecmascript(value)
    return json.dumps(value)


def utf_16(text: str) -> list[int]:
    raw = text.encode("utf-16-le")
    return [int.from_bytes(raw[i : i + 2], "little") for i in range(0, len(raw), 2)]


def quoted(text: str) -> str:
    short = {
        '"': '\\"',
        "\\": "\\\\",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
    }
    return '"' + "".join(short.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in text) + '"'


def ecmascript(value: float) -> str:
    """ECMA-262, Number::toString: with s, k and n as they are named there."""
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    s, k = "".join(map(str, digits)), len(digits)
    n = k + exponent
    minus = "-" * sign
    if k <= n <= 21:
        return minus + s + "0" * (n - k)
    if 0 < n <= 21:
        return minus + s[:n] + "." + s[n:]
    if -6 < n <= 0:
        return minus + "0." + "0" * -n + s
    e = f"e{'+' if n - 1 > 0 else '-'}{abs(n - 1)}"
    return minus + s[0] + ("." + s[1:] if k > 1 else "") + e


@given(DOCUMENTS)
def test_the_canonical_text_is_that_of_the_standards_own_words(document: Json) -> None:
    assert canonicalize(document) == slowly(document).encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_is_written_as_ecmascript_does(value: float) -> None:
    assert canonicalize(value) == ecmascript(value).encode()
    assert float(canonicalize(value)) == value


@given(DOCUMENTS)
def test_canonical_bytes_are_read_back_and_written_alike(document: Json) -> None:
    canonical = canonicalize(document)
    parsed = parse_strict(canonical)
    assert parsed == document
    assert canonicalize(parsed) == canonical


@given(DOCUMENTS, st.sampled_from([None, 2]), st.booleans())
def test_spelling_does_not_matter(document: Any, indent: int | None, ascii_only: bool) -> None:
    spelt = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    if re.search(r"-0\.0", spelt):
        return
    assert canonicalize(parse_strict(spelt.encode())) == canonicalize(document)


@given(st.binary(max_size=200) | st.text('[]{}:,"\\u0d8e+-.1eE aA\n').map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    try:
        parsed = parse_strict(raw)
    except Malformed:
        return
    assert parse_strict(canonicalize(parsed)) == parsed
    # What we take, the standard library takes, and reads alike.
    assert json.loads(raw) == parsed


@given(st.decimals(allow_nan=False, allow_infinity=False, places=None).map(str))
def test_a_number_is_read_only_if_canonical_json_keeps_its_value(literal: str) -> None:
    try:
        parsed = parse_strict(literal.encode())
    except Malformed:
        return
    assert isinstance(parsed, int | float)
    assert math.isfinite(parsed)
    assert Decimal(literal) == Decimal(canonicalize(parsed).decode())
