"""Claims are read by type and compared with the caller's clock; a wrong type is never "absent"."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.jose.claims import (
    MAX_AUDIENCES,
    MAX_TEXT_LENGTH,
    SignedClaims,
    Validity,
    audience_claim,
    check_recent,
    check_times,
    find_instant_claim,
    find_text_claim,
    instant_claim,
    integer_claim,
    object_claim,
    text_claim,
    texts_claim,
)
from remit.jose.errors import InvalidClaims

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
LEEWAY = timedelta(seconds=5)
HOUR = timedelta(hours=1)


def claims(**values: Any) -> SignedClaims:
    return SignedClaims(values)


def times(values: Mapping[str, Any], **options: Any) -> Validity:
    return check_times(
        SignedClaims(values), **{"now": NOW, "leeway": LEEWAY, "max_lifetime": HOUR, **options}
    )


@pytest.mark.parametrize(
    "value", [None, "", 1, True, ["a"], {"a": "b"}, "x" * (MAX_TEXT_LENGTH + 1)]
)
def test_what_is_no_text_is_refused_and_never_absent(value: Any) -> None:
    for read in (text_claim, find_text_claim):
        with pytest.raises(InvalidClaims):
            read(claims(sub=value), "sub")


def test_an_absent_claim_is_none_only_for_those_who_ask_so() -> None:
    assert find_text_claim(claims(), "sub") is None
    assert find_instant_claim(claims(), "exp") is None
    readers: list[Callable[[SignedClaims, str], object]] = [
        text_claim, texts_claim, instant_claim, integer_claim, object_claim,
    ]  # fmt: skip
    for read in readers:
        with pytest.raises(InvalidClaims):
            read(claims(), "x")


def test_claims_are_read_as_what_they_are() -> None:
    read = claims(sub="a", n=3, f=4.0, o={"jkt": "x"}, exp=EPOCH, iat=EPOCH + 0.5)
    assert text_claim(read, "sub") == find_text_claim(read, "sub") == "a"
    assert integer_claim(read, "n") == 3
    assert integer_claim(read, "f") == 4
    assert object_claim(read, "o") == {"jkt": "x"}
    assert instant_claim(read, "exp") == NOW
    assert instant_claim(read, "iat") == NOW + timedelta(seconds=0.5)


@pytest.mark.parametrize("value", [True, 1.5, "1", None, [1]])
def test_what_is_no_integer_is_refused(value: Any) -> None:
    with pytest.raises(InvalidClaims):
        integer_claim(claims(n=value), "n")


@pytest.mark.parametrize("value", [[], "x", None, 1])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(InvalidClaims):
        object_claim(claims(cnf=value), "cnf")


@pytest.mark.parametrize(
    "value",
    [True, None, "1795348800", -1, -0.5, 1e15, 9007199254740991, float("nan"), float("inf")],
)
def test_what_is_no_instant_is_refused(value: Any) -> None:
    for read in (instant_claim, find_instant_claim):
        with pytest.raises(InvalidClaims):
            read(claims(exp=value), "exp")


def test_an_audience_is_one_text_or_several_different_ones() -> None:
    assert audience_claim(claims(aud="a")) == ("a",)
    assert audience_claim(claims(aud=["a", "b"])) == ("a", "b")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        [],
        [""],
        ["a", 1],
        ["a", "a"],
        [["a"]],
        {"a": 1},
        [str(n) for n in range(MAX_AUDIENCES + 1)],
    ],
)
def test_what_is_no_audience_is_refused(value: Any) -> None:
    with pytest.raises(InvalidClaims):
        audience_claim(claims(aud=value))


def test_times_that_hold_are_returned() -> None:
    validity = times({"iat": EPOCH - 60, "nbf": EPOCH - 60, "exp": EPOCH + 60})
    assert validity == Validity(NOW - timedelta(minutes=1), NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"iat": EPOCH},
        {"exp": EPOCH + 60},
        {"iat": EPOCH - 60, "exp": EPOCH - 5},
        {"iat": EPOCH - 60, "exp": EPOCH - 3600},
        {"iat": EPOCH + 6, "exp": EPOCH + 60},
        {"iat": EPOCH, "exp": EPOCH + 60, "nbf": EPOCH + 6},
        {"iat": EPOCH, "exp": EPOCH},
        {"iat": EPOCH + 4, "exp": EPOCH + 3},
        {"iat": EPOCH, "exp": EPOCH + 3601},
        {"iat": EPOCH - 3000, "exp": EPOCH + 601},
        {"iat": EPOCH, "exp": 7258118400},
        {"iat": EPOCH, "exp": str(EPOCH + 60)},
        {"iat": str(EPOCH), "exp": EPOCH + 60},
        {"iat": None, "exp": EPOCH + 60},
        {"iat": EPOCH, "exp": EPOCH + 60, "nbf": "now"},
        {"iat": EPOCH, "exp": EPOCH + 60, "nbf": None},
    ],
)
def test_times_that_do_not_hold_are_refused(values: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidClaims):
        times(values)


def test_leeway_is_given_on_both_sides_and_not_a_moment_more() -> None:
    assert times({"iat": EPOCH - 60, "exp": EPOCH - 4}).expires_at.tzinfo is UTC
    assert times({"iat": EPOCH + 5, "exp": EPOCH + 60, "nbf": EPOCH + 5}).expires_at.tzinfo is UTC
    assert times({"iat": EPOCH, "exp": EPOCH + 3600}).expires_at.tzinfo is UTC


def test_without_iat_the_lifetime_is_counted_from_now() -> None:
    assert times({"exp": EPOCH + 3600}, require_issued_at=False).issued_at is None
    with pytest.raises(InvalidClaims):
        times({"exp": EPOCH + 3606}, require_issued_at=False)
    with pytest.raises(InvalidClaims):
        times({"iat": EPOCH + 6, "exp": EPOCH + 60}, require_issued_at=False)


def recent(values: Mapping[str, Any]) -> datetime:
    return check_recent(
        SignedClaims(values), now=NOW, max_age=timedelta(seconds=60), leeway=timedelta(seconds=10)
    )


@pytest.mark.parametrize("offset", [-60, 0, 10])
def test_a_recent_proof_says_when_it_was_made(offset: int) -> None:
    assert recent({"iat": EPOCH + offset}) == NOW + timedelta(seconds=offset)
    assert recent({"iat": EPOCH + offset, "exp": EPOCH - 9, "nbf": EPOCH + 10}).tzinfo is UTC


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"iat": EPOCH - 61},
        {"iat": EPOCH + 11},
        {"iat": "now"},
        {"iat": EPOCH, "exp": EPOCH - 10},
        {"iat": EPOCH, "nbf": EPOCH + 11},
        {"iat": EPOCH, "exp": None},
    ],
)
def test_a_proof_that_is_not_recent_is_refused(values: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidClaims):
        recent(values)
