"""A reason is one line that somebody can read."""

import pytest

from remit.kernel.errors import Malformed
from remit.signals.reason import MAX_LENGTH, verify_reason


@pytest.mark.parametrize("reason", ["", "  \t", "x" * (MAX_LENGTH + 1), "two\nlines", "\x1b[2Jx"])
def test_what_is_no_reason_is_refused(reason):
    with pytest.raises(Malformed):
        verify_reason(reason)


def test_a_reason_loses_its_blanks_and_nothing_else():
    assert verify_reason("  key found in a public repository ") == (
        "key found in a public repository"
    )
