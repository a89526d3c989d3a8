from time import perf_counter

import pytest

from remit.policy.patterns import compile_pattern
from remit.policy.refusals import SchemaUnusable


def test_a_pattern_is_found_anywhere_and_anchors_hold():
    assert compile_pattern("b+")("abbc")
    assert not compile_pattern("^b")("ab")
    # Python's own `$` would let a newline follow.
    assert not compile_pattern("^[a-z]+$")("abc\n")


def test_an_exponential_pattern_takes_linear_time():
    matches = compile_pattern("^(a+)+$")
    started = perf_counter()
    assert not matches("a" * 100_000 + "!")
    assert perf_counter() - started < 5


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(", "a{1,99999999}", "a" * 1001])
def test_what_has_no_linear_match_is_refused(pattern):
    with pytest.raises(SchemaUnusable):
        compile_pattern(pattern)
