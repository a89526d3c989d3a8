"""The keys that sign tokens: for each class of token its own, current, upcoming and retiring.

What is published is what is believed: the upcoming key before it signs (consumers may cache for a
while), the current one, and retiring ones until their last token has expired. A tainted key signs
nothing, is published no more and verifies nothing, from that moment on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from remit.jose.algorithms import ES256
from remit.jose.keys import PublicKey, SigningKey
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Conflict, Unavailable

ALGORITHM = ES256

# Rotating faster than tokens expire is a mistake, and each key here is one more that is believed.
MAX_RETIRING = 8


class TokenClass(StrEnum):
    """What a key signs, as its tokens say in `typ`. No key signs for two classes."""

    ACCESS_TOKEN = "at+jwt"


@dataclass(frozen=True, slots=True)
class KeySlots:
    """The keys of one class of token. `current` is None only after it was tainted."""

    current: SigningKey | None
    upcoming: SigningKey | None = None
    retiring: tuple[PublicKey, ...] = ()

    def published(self) -> Iterator[PublicKey]:
        """The keys that tokens of this class may be signed with, the current one first."""
        if self.current is not None:
            yield self.current.public
        if self.upcoming is not None:
            yield self.upcoming.public
        yield from self.retiring


class TokenKeys:
    """The token keys of one issuer. Each change replaces what it changes, in one step."""

    def __init__(self, slots: Mapping[TokenClass, KeySlots]) -> None:
        self._tainted: frozenset[str] = frozenset()
        self._slots: Mapping[TokenClass, KeySlots] = {}
        self._by_kid: Mapping[TokenClass, Mapping[str, PublicKey]] = {}
        self._replace(dict(slots))

    def load_signing(self, token_class: TokenClass) -> SigningKey:
        """The key to sign with now. Raises Unavailable when there is none."""
        slots = self._slots.get(token_class)
        if slots is None or slots.current is None:
            raise Unavailable(f"no key signs {token_class}")
        return slots.current

    def find_verifying(self, token_class: TokenClass, kid: str) -> PublicKey | None:
        """The key of that name, if tokens of this class signed with it are believed now."""
        return self._by_kid.get(token_class, {}).get(kid)

    def document(self) -> bytes:
        """The JWK set (RFC 7517 section 5) that is published: public members alone."""
        return canonicalize({"keys": [key.to_jwk() for key in _all(self._slots)]})

    def prepare(self, token_class: TokenClass, upcoming: SigningKey) -> None:
        """Publish a key that will sign later. Raises Conflict where one is waiting already."""
        slots = self._load(token_class)
        if slots.upcoming is not None:
            raise Conflict(f"another key is waiting to sign {token_class}")
        self._replace({**self._slots, token_class: replace(slots, upcoming=upcoming)})

    def activate(self, token_class: TokenClass) -> None:
        """Sign with the upcoming key; the one that was current retires and is still believed."""
        slots = self._load(token_class)
        if slots.upcoming is None:
            raise Conflict(f"no key is waiting to sign {token_class}")
        retired = () if slots.current is None else (slots.current.public,)
        retiring = retired + slots.retiring
        if len(retiring) > MAX_RETIRING:
            raise Conflict(f"too many keys for {token_class} are retiring")
        self._replace({**self._slots, token_class: KeySlots(slots.upcoming, None, retiring)})

    def retire(self, token_class: TokenClass, kid: str) -> None:
        """Believe a retiring key no longer: its last token has expired."""
        slots = self._load(token_class)
        kept = tuple(key for key in slots.retiring if key.kid != kid)
        if len(kept) == len(slots.retiring):
            raise Conflict(f"{kid} is no retiring key for {token_class}")
        self._replace({**self._slots, token_class: replace(slots, retiring=kept)})

    def taint(self, kid: str) -> None:
        """The key is not to be trusted: all its tokens are refused from here on.

        An upcoming key takes a tainted current one's place; with none, nothing is signed until
        one is prepared and activated.
        """
        self._tainted |= {kid}
        self._replace({name: _without(slots, kid) for name, slots in self._slots.items()})

    def _load(self, token_class: TokenClass) -> KeySlots:
        return self._slots.get(token_class, KeySlots(None))

    def _replace(self, slots: Mapping[TokenClass, KeySlots]) -> None:
        kids = [key.kid for key in _all(slots)]
        if len(set(kids)) != len(kids) or None in kids:
            raise Conflict("a key without a name, in two places, or for two classes of token")
        if any(ALGORITHM not in key.algorithms for key in _all(slots)):
            raise Conflict(f"a token key that does not sign {ALGORITHM}")
        if not self._tainted.isdisjoint(str(kid) for kid in kids):
            raise Conflict("a tainted key is never used again")
        self._slots = slots
        self._by_kid = {
            name: {str(key.kid): key for key in of_class.published()}
            for name, of_class in slots.items()
        }


def _all(slots: Mapping[TokenClass, KeySlots]) -> Iterator[PublicKey]:
    for of_class in slots.values():
        yield from of_class.published()


def _without(slots: KeySlots, kid: str) -> KeySlots:
    upcoming = None if slots.upcoming is None or slots.upcoming.kid == kid else slots.upcoming
    retiring = tuple(key for key in slots.retiring if key.kid != kid)
    if slots.current is None or slots.current.kid != kid:
        return KeySlots(slots.current, upcoming, retiring)
    return KeySlots(upcoming, None, retiring)
