"""RFC 8785 and the strict parser, attacked first."""

import inspect
import json
import struct
import sys
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from remit.kernel.canonical import (
    MAX_DEPTH,
    MAX_WRITTEN_DEPTH,
    Json,
    canonicalize,
    digest,
    digest_bytes,
    parse_strict,
    parse_strict_object,
)
from remit.kernel.errors import Malformed

EURO, SMILEY, DALET = "\N{EURO SIGN}", "\N{GRINNING FACE}", "\N{HEBREW LETTER DALET WITH DAGESH}"

REFUSED = {
    "nothing": b"",
    "white space alone": b" \n",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-32 without mark": "[1]".encode("utf-32-le"),
    "a stray continuation byte": b'{"a":"\x80"}',
    "an overlong slash": b'{"a":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "a lone high surrogate": b'{"a":"\\ud83d"}',
    "a lone low surrogate": b'{"a":"\\uDE00"}',
    "swapped surrogates": b'["\\ude00\\ud83d"]',
    "a lone surrogate as a name": b'{"\\ud800":1}',
    "a doubled name": b'{"a":1,"a":1}',
    "a doubled name, once escaped": b'{"a":1,"\\u0061":2}',
    "a doubled name far down": b'[[{"x":{"tool":"read","n":1,"tool":"drop"}}]]',
    "names that differ in case": b'{"method":"a","Method":"b"}',
    "names that differ in long s": '{"scope":1,"\u017fcope":2}'.encode(),
    "names that differ in the Kelvin sign": '{"key":1,"\u212aey":2}'.encode(),
    "names that differ in sharp s": '{"stra\u00dfe":1,"STRASSE":2}'.encode(),
    "NaN": b'{"a":NaN}',
    "infinity": b"[Infinity]",
    "minus infinity": b"-Infinity",
    "a trailing value": b"{}{}",
    "a trailing comma": b"[1,]",
    "a trailing byte": b"{}\x00",
    "a comment": b"[1] // one",
    "single quotes": b"{'a':1}",
    "a bare name": b"{a:1}",
    "a raw line break in a text": b'["a\nb"]',
    "a raw NUL in a text": b'["a\x00"]',
    "an unknown escape": b'["\\x41"]',
    "a half escape": b'["\\u00e"]',
    "an unclosed text": b'["a',
    "an unclosed object": b'{"a":1',
    "a no-break space between": "[1,\u00a02]".encode(),
    "a leading zero": b"[01]",
    "a plus sign": b"[+1]",
    "a bare point": b"[1.]",
    "hexadecimal": b"[0x10]",
    "Arabic digits": "[\u0661]".encode(),
    "minus zero": b"[-0]",
    "minus zero as a fraction": b"[-0.0]",
    "minus zero with an exponent": b"[-0e5]",
    "2^53": b"[9007199254740992]",
    "-2^53": b"[-9007199254740992]",
    "2^53 as a fraction": b"[9007199254740992.0]",
    "2^53 with an exponent": b"[9.007199254740993e15]",
    "a number that only exponents can write": b"[1e21]",
    "an integer of many digits": b"[" + b"9" * 5000 + b"]",
    "overflow": b"[1e400]",
    "overflow backwards": b"[-1e999999999999999999999]",
    "underflow": b"[1e-400]",
    "an exponent beyond all decimals": b"[0e-99999999999999999999999]",
    "more digits than a double has": b"[0.1000000000000000055511151231257827]",
    "a double's exact neighbour": b"[333333333.33333329]",
    "a fraction of many digits": b"[0." + b"0" * 5000 + b"]",
}

ALTERED_IN_FORM_ALONE = {
    b"1.0": b"1",
    b"1e2": b"100",
    b"1.50": b"1.5",
    b"0.0": b"0",
    b"0e10": b"0",
    b"1E-3": b"0.001",
    b"9007199254740991": b"9007199254740991",
    b"-9007199254740991.0": b"-9007199254740991",
    b"1e-7": b"1e-7",
    b"5e-324": b"5e-324",
}

# RFC 8785 appendix B: the bits of a double, and its canonical text.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_strict(raw)


@pytest.mark.parametrize(("raw", "canonical"), ALTERED_IN_FORM_ALONE.items())
def test_a_number_of_the_same_value_is_taken_and_rewritten(raw: bytes, canonical: bytes) -> None:
    assert canonicalize(parse_strict(raw)) == canonical


def test_a_document_is_read_as_what_it_says() -> None:
    raw = b' {"a": [1, -2.5, true, false, null, "\\u00e9\\n"], "b": {"A": {}, "b": []}} \r\n'
    assert parse_strict(raw) == {
        "a": [1, -2.5, True, False, None, "\u00e9\n"],
        "b": {"A": {}, "b": []},
    }


def test_one_name_may_stand_in_two_objects() -> None:
    assert parse_strict(b'[{"a":1},{"A":{"a":2}}]') == [{"a": 1}, {"A": {"a": 2}}]


def test_a_surrogate_pair_and_an_escaped_backslash_are_no_lone_surrogates() -> None:
    assert parse_strict(b'["\\ud83d\\ude00","\\\\ud800"]') == [SMILEY, "\\ud800"]


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 2_000, 200_000])
def test_bottomless_nesting_is_refused_and_never_a_recursion_error(
    opening: bytes, levels: int
) -> None:
    with pytest.raises(Malformed):
        parse_strict(opening * levels, max_bytes=10**7)


def test_the_deepest_nesting_that_is_allowed_is_read() -> None:
    assert parse_strict(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(Malformed, match="deeper"):
        parse_strict(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_brackets_inside_texts_do_not_count() -> None:
    text = '[{"\\"[{[{' * 100
    assert parse_strict(json.dumps({"a": text}).encode()) == {"a": text}


def test_siblings_are_not_depth() -> None:
    assert parse_strict(b"[" + b",".join([b"[{}]"] * 500) + b"]", max_depth=3)
    with pytest.raises(Malformed, match="deeper"):
        parse_strict(b"[" + b",".join([b"[{}]"] * 500) + b"]", max_depth=2)


def test_nesting_cannot_hide_behind_an_unclosed_text() -> None:
    with pytest.raises(Malformed):
        parse_strict(b'["' + b"[" * 5_000)
    with pytest.raises(Malformed):
        parse_strict(b'["\\"' + b"[" * 5_000 + b'"')


def test_a_stack_that_is_nearly_used_up_is_a_refusal_too() -> None:
    def with_frames_left(left: int, action: Callable[[], Any]) -> Any:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(len(inspect.stack(0)) + left)
        try:
            return action()
        finally:
            sys.setrecursionlimit(limit)

    raw = b"[" * 60 + b"]" * 60
    with pytest.raises(Malformed, match="stack"):
        with_frames_left(30, lambda: parse_strict(raw))
    value = parse_strict(raw)
    with pytest.raises(Malformed, match="stack"):
        with_frames_left(30, lambda: canonicalize(value))


def test_too_many_bytes_and_members_are_refused() -> None:
    with pytest.raises(Malformed, match="bytes"):
        parse_strict(b"[1,2]", max_bytes=4)
    assert parse_strict(b"[1,2,3]", max_members=3) == [1, 2, 3]
    with pytest.raises(Malformed, match="members"):
        parse_strict(b"[1,2,3,4]", max_members=3)
    with pytest.raises(Malformed, match="members"):
        parse_strict(b"[[],[],[],[]]", max_members=3)
    assert parse_strict(b'["a,b,c,d,e"]', max_members=1) == ["a,b,c,d,e"]


def test_the_largest_document_takes_a_bounded_amount_of_memory() -> None:
    raw = b"[" + b"0," * 99_990 + b"0]"
    tracemalloc.start()
    try:
        parse_strict(raw)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_an_object_can_be_demanded() -> None:
    assert parse_strict_object(b'{"a":1}') == {"a": 1}
    for raw in (b"[]", b'"a"', b"1", b"null"):
        with pytest.raises(Malformed, match="object"):
            parse_strict_object(raw)


def test_a_refusal_quotes_nothing_of_what_it_refuses() -> None:
    for raw in (b'{"hunter2":1,"hunter2":2}', b'["hunter2', b'{"a":hunter2}', b'["hunter2\x80"]'):
        with pytest.raises(Malformed) as refusal:
            parse_strict(raw)
        assert "hunter2" not in refusal.value.detail
        assert refusal.value.__cause__ is None


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_are_written_as_rfc_8785_appendix_b_has_them(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonicalize(value) == text.encode()
    assert canonicalize([value]) == f"[{text}]".encode()


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_no_number_has_no_canonical_form(bits: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    with pytest.raises(Malformed):
        canonicalize({"a": [value]})


def test_the_sample_of_rfc_8785_section_3_2_2() -> None:
    sample: Json = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": f'{EURO}$\u000f\nA\'\u0042"\\\\"/',
        "literals": [None, True, False],
    }
    # The bytes of section 3.2.4.
    assert canonicalize(sample) == bytes.fromhex(
        "7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c"
        "22 6e 75 6d 62 65 72 73 22 3a 5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31"
        "65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37 5d 2c 22 73 74 72 69 6e 67 22"
        "3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d"
    )


def test_names_are_ordered_by_utf_16_as_in_rfc_8785_section_3_2_3() -> None:
    sample: Json = {
        EURO: "Euro Sign",
        "\r": "Carriage Return",
        DALET: "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        SMILEY: "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(canonicalize(sample)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_only_what_must_be_escaped_is_escaped() -> None:
    everything = "".join(map(chr, range(0x20))) + '"\\/\x7f\u0080\u2028\u2029' + SMILEY
    expected = (
        '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f'
        "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c"
        '\\u001d\\u001e\\u001f\\"\\\\/\x7f\u0080\u2028\u2029' + SMILEY + '"'
    ).encode()
    assert canonicalize(everything) == expected
    # The slower writer, which a large number leads to, agrees with the C encoder.
    assert canonicalize([everything, 1e16]) == b"[" + expected + b",10000000000000000]"


@pytest.mark.parametrize(
    "value",
    [
        2**53,
        [-(2**53)],
        {"a": 10**400},
        "\ud800",
        {"\udfff": 1},
        [1e16, "\ud800"],
        b"bytes",
        {"a": {1, 2}},
        {1: "a"},
        {None: 1},
        {"a": 1, b"b": 2},
        object(),
        [range(3)],
    ],
)
def test_what_is_not_json_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(Malformed):
        canonicalize(value)


def test_a_circle_has_no_canonical_form() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(Malformed):
        canonicalize(circle)


def test_what_was_parsed_can_be_wrapped_and_written_but_not_for_ever() -> None:
    value: Any = 1
    for _ in range(MAX_WRITTEN_DEPTH):
        value = [value]
    assert canonicalize(value)
    with pytest.raises(Malformed):
        canonicalize([value])


def test_mappings_and_tuples_are_written_like_objects_and_arrays() -> None:
    value: Json = MappingProxyType({"b": (1, OrderedDict(c=None)), "a": True})
    assert canonicalize(value) == b'{"a":true,"b":[1,{"c":null}]}'


def test_a_digest_is_that_of_the_canonical_bytes() -> None:
    # SHA-256 of `{"a":1}`, by another tool.
    expected = "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert digest({"a": 1.0}) == expected
    assert digest_bytes(b'{"a":1}') == expected
