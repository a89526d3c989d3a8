"""A Secret's value comes out by `open` alone."""

import copy
import json
import pickle
from dataclasses import dataclass

import msgspec
import pytest

from remit.kernel.secret import Secret

VALUE = "hunter2-canary"


@dataclass(frozen=True, slots=True)
class Held:
    secret: Secret[str]


def test_the_value_is_opened_where_it_is_used() -> None:
    assert Secret(VALUE).open() == VALUE


def test_a_secret_is_never_printed() -> None:
    secret = Secret(VALUE)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}"]
    for text in (*shown, repr([secret]), repr(Held(secret)), repr(vars(Secret))):
        assert VALUE not in text


def test_a_secret_is_not_pickled_copied_or_encoded() -> None:
    secret = Secret(VALUE)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode):
        with pytest.raises(TypeError):
            leak(secret)


def test_secrets_are_not_compared_in_the_open() -> None:
    one, other = Secret(VALUE), Secret(VALUE)
    same = one
    assert one == same
    assert one != other
    assert one != VALUE
    assert hash(one) != hash(VALUE)
    assert len({one, other}) == 2


def test_a_secret_has_no_attributes_to_look_through() -> None:
    assert not hasattr(Secret(VALUE), "value")
    with pytest.raises(TypeError):
        vars(Secret(VALUE))
