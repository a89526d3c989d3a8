"""The cache of keys from headers: bounded, and never wrong about which key it is."""

from typing import Any

import pytest
from joserfc.jwk import ECKey

from remit.jose.errors import InvalidKey
from remit.jose.key_cache import KeyCache
from remit.jose.keys import SigningKey

KEYS = [dict(SigningKey.generate().public.members) for _ in range(4)]


def test_a_key_is_parsed_once_whatever_the_order_of_its_members() -> None:
    cache = KeyCache()
    first = cache.load(KEYS[0])
    assert cache.load(dict(reversed(KEYS[0].items()))) is first
    assert len(cache) == 1


def test_another_member_makes_another_entry() -> None:
    cache = KeyCache()
    assert cache.load(KEYS[0]).algorithms == {"ES256"}
    assert cache.load({**KEYS[0], "kid": "k"}).kid == "k"
    with pytest.raises(InvalidKey):
        cache.load({**KEYS[0], "use": "enc"})


def test_the_least_recently_used_key_goes_first() -> None:
    cache = KeyCache(capacity=2)
    first, second = cache.load(KEYS[0]), cache.load(KEYS[1])
    assert cache.load(KEYS[0]) is first
    cache.load(KEYS[2])
    assert len(cache) == 2
    assert cache.load(KEYS[0]) is first
    assert cache.load(KEYS[1]) is not second


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        ECKey.generate_key("P-256").as_dict(private=True),
        {**KEYS[0], "x5c": ["A" * 5000]},
        {**KEYS[0], "n": 2**60},
        {**KEYS[0], "x": "\ud800"},
    ],
)
def test_a_refused_key_is_refused_again_and_takes_no_room(jwk: dict[str, Any]) -> None:
    cache = KeyCache()
    for _ in range(2):
        with pytest.raises(InvalidKey):
            cache.load(jwk)
    assert len(cache) == 0
