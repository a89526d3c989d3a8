"""Keys that came inside a header, parsed once: a bounded cache of what was proved of a JWK.

Reading a JWK costs about as much as half a signature check, and a DPoP proof carries its own on
every call. What is cached is the checked key, found by the JWK's canonical bytes: law 13 of DESIGN.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import TypeAlias

from remit.jose.errors import InvalidKey
from remit.jose.keys import PublicKey
from remit.kernel.canonical import Json, canonicalize
from remit.kernel.errors import Malformed

# A JWK with a certificate chain in it is longer, and has no business in a header.
MAX_JWK_BYTES = 4096
_TEXT: set[type] = {str}

# All that a JWK says: its members where all are texts, else its canonical bytes.
Name: TypeAlias = frozenset[tuple[str, Json]] | bytes


class KeyCache:
    """The least recently used key goes first; refusals are not remembered."""

    def __init__(self, capacity: int = 4096) -> None:
        self._capacity = capacity
        self._keys: OrderedDict[Name, PublicKey] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def load(self, jwk: Mapping[str, Json]) -> PublicKey:
        """The checked key of a JWK; InvalidKey where there is none."""
        name = _name(jwk)
        key = self._keys.get(name)
        if key is not None:
            self._keys.move_to_end(name)
            return key
        key = self._keys[name] = PublicKey.from_jwk(jwk)
        if len(self._keys) > self._capacity:
            self._keys.popitem(last=False)
        return key


def _name(jwk: Mapping[str, Json]) -> Name:
    if {*map(type, jwk.values())} <= _TEXT:
        size = sum(map(len, map(str, jwk.values()))) + sum(map(len, jwk))
        name: Name = frozenset(jwk.items())
    else:
        try:
            name = canonicalize(jwk)
        except Malformed as malformed:
            raise InvalidKey(f"JWK: {malformed.detail}") from None
        size = len(name)
    if size > MAX_JWK_BYTES:
        raise InvalidKey(f"JWK of {size} bytes")
    return name
