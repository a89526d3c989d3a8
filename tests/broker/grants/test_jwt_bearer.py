"""The jwt-bearer grant: an assertion, taken as it is, and believed by nobody yet."""

import pytest

from remit.broker.grants.jwt_bearer import GRANT_TYPE, parse
from remit.kernel.oauth import InvalidRequest


@pytest.mark.parametrize("form", [{}, {"grant_type": GRANT_TYPE}, {"Assertion": "a.b.c"}])
def test_without_an_assertion_there_is_no_grant(form: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest, match="assertion is missing"):
        parse(form)


def test_the_assertion_is_taken_as_it_is() -> None:
    assert parse({"assertion": " not a JWT "}).unverified_assertion == " not a JWT "


def test_a_grant_prints_no_assertion() -> None:
    assert "canary" not in repr(parse({"assertion": "canary.canary.canary"}))
