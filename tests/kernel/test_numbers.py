"""Numbers at the edges of what a double says; the documents around them are in test_canonical."""

import pytest

from remit.kernel.errors import Malformed
from remit.kernel.numbers import (
    MAX_EXACT_INTEGER,
    is_laid_out_alike,
    read_decimal,
    read_integer,
    write_double,
    write_integer,
)


def test_the_largest_exact_integers_are_read_and_written() -> None:
    for value in (MAX_EXACT_INTEGER, -MAX_EXACT_INTEGER, 0):
        assert read_integer(str(value)) == value
        assert write_integer(value) == str(value)


@pytest.mark.parametrize("literal", ["-0", "9007199254740992", "-9007199254740992", "1" * 18])
def test_an_integer_that_a_double_cannot_tell_from_its_neighbour_is_refused(literal: str) -> None:
    with pytest.raises(Malformed):
        read_integer(literal)


def test_a_boolean_is_not_written_as_a_word() -> None:
    assert write_integer(True) == "1"


@pytest.mark.parametrize(
    "literal", ["0.1", "0.10", "1e1", "12.5E+1", "4.35", "2.2250738585072014e-308", "0.0e-7"]
)
def test_a_literal_of_a_doubles_own_value_is_read(literal: str) -> None:
    assert read_decimal(literal) == float(literal)


@pytest.mark.parametrize("literal", ["0.1" + "0" * 126, "2.00000000000000000001", "1e-324", "-0.0"])
def test_a_literal_of_another_value_is_refused(literal: str) -> None:
    with pytest.raises(Malformed):
        read_decimal(literal)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-1.5, "-1.5"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (-1.25e300, "-1.25e+300"),
    ],
)
def test_doubles_are_laid_out_as_ecmascript_does(value: float, text: str) -> None:
    assert write_double(value) == text


def test_only_plain_fractions_are_left_to_the_c_encoder() -> None:
    assert is_laid_out_alike(1.5)
    assert is_laid_out_alike(-0.0001)
    for value in (1.0, 0.0, 1e-5, 1e16, float("nan"), float("inf")):
        assert not is_laid_out_alike(value)
