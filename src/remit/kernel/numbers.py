"""The numbers that JSON's readers agree on: IEEE 754 doubles, integers exact to 2^53-1 (RFC 7493).

Reading refuses each literal that RFC 8785 would write with another value; writing follows
ECMAScript's Number::toString, as RFC 8785 section 3.2.2.3 demands.
"""

from decimal import Decimal, InvalidOperation
from math import isfinite

from remit.kernel.errors import Malformed

# RFC 7493 section 2.2: beyond this, a double no longer tells an integer from its neighbour.
MAX_EXACT_INTEGER = 2**53 - 1

# Sixteen digits and a sign; what is longer is not even converted.
_MAX_INTEGER_LENGTH = 17
_MAX_DECIMAL_LENGTH = 128


def read_integer(literal: str) -> int:
    """The integer of a JSON literal without fraction and exponent."""
    if literal == "-0":
        raise Malformed("a JSON number is -0, which canonical JSON writes as 0")
    if len(literal) > _MAX_INTEGER_LENGTH:
        raise Malformed("a JSON integer is beyond 2^53-1")
    value = int(literal)
    if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise Malformed("a JSON integer is beyond 2^53-1")
    return value


def read_decimal(literal: str) -> float:
    """The double of a JSON literal with a fraction or an exponent."""
    if len(literal) > _MAX_DECIMAL_LENGTH:
        raise Malformed("a JSON number is longer than any double needs")
    value = float(literal)
    # Doubles beyond 2^53 are all integers: the limit is one, however they are spelt.
    if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise Malformed("a JSON number is beyond 2^53-1")
    if value == 0 and literal.startswith("-"):
        raise Malformed("a JSON number is -0, which canonical JSON writes as 0")
    if repr(value) != literal and not _says_exactly(literal, value):
        raise Malformed("a JSON number has more precision than a double")
    return value


def _says_exactly(literal: str, value: float) -> bool:
    try:
        return Decimal(literal) == Decimal(repr(value))
    except InvalidOperation:  # an exponent beyond Decimal's own, as in 0e-99999999999999999999
        return False


def write_integer(value: int) -> str:
    """The canonical text of an integer."""
    if not -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        raise Malformed("an integer beyond 2^53-1 has no canonical form")
    return int.__repr__(value)


def write_double(value: float) -> str:
    """The canonical text of a double: ECMA-262 Number::toString."""
    if not isfinite(value):
        raise Malformed("NaN and infinities have no canonical form")
    if value == 0:
        return "0"
    # Python's repr finds the same shortest digits; only the layout differs.
    text = float.__repr__(value)
    if "e" not in text:
        return text.removesuffix(".0")
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    return sign + _lay_out(mantissa.replace(".", ""), int(exponent) + 1)


def is_laid_out_alike(value: float) -> bool:
    """Whether every shortest-digits writer gives the canonical text: a fraction, no exponent."""
    return 1e-4 <= abs(value) < 1e15 and not value.is_integer()


def _lay_out(digits: str, point: int) -> str:
    # `point` is ECMA-262's n: how many of the digits stand before the decimal point.
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"
