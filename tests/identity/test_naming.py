"""Names stand in URLs, policies and manifests as they are."""

import pytest

from remit.identity.naming import verify_name, verify_word
from remit.kernel.errors import Malformed


@pytest.mark.parametrize("name", ["a", "ada", "mail-2", "a" * 63])
def test_a_name_is_what_it_was(name):
    assert verify_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "A", "2a", "-a", "a_b", "a.b", "a/b", "a\n", " a", "é", "\u0430da", "a" * 64]
)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Malformed):
        verify_name(name)


@pytest.mark.parametrize("word", ["", " a", "a\nb", "a" * 129, "é", '"'])
def test_what_is_no_word_is_refused(word):
    with pytest.raises(Malformed):
        verify_word(word, "a purpose")


def test_a_word_may_have_blanks():
    assert verify_word("EU production", "an environment") == "EU production"
