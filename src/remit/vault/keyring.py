"""A tenant's key ring: numbered terms, each a key wrapped by the root key.

New values are sealed under the newest term; older terms stay until nothing is sealed under them.
Destroying a ring makes all that a tenant sealed unreadable for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from remit.kernel.entropy import Entropy
from remit.kernel.ids import InstanceId, TenantId
from remit.kernel.secret import Secret
from remit.vault.sealing import Place
from remit.vault.wrapping import draw_key, unwrap, wrap
from remit.vault.xaes import Unsealable

KIND = "key_ring"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The ring as it is kept: the wrapped keys of terms 1, 2, 3..., of which the last one seals."""

    tenant: TenantId
    terms: tuple[bytes, ...]
    revision: int

    @property
    def current(self) -> int:
        """The newest term."""
        return len(self.terms)


@dataclass(frozen=True, slots=True)
class OpenRing:
    """A ring whose term keys are at hand, in memory only."""

    ring: KeyRing
    instance: InstanceId
    keys: Mapping[int, Secret[bytes]] = field(repr=False)

    @property
    def current(self) -> tuple[int, Secret[bytes]]:
        """The term that seals now, and its key."""
        return self.ring.current, self.keys[self.ring.current]

    def key_of(self, term: int) -> Secret[bytes]:
        """The key of a term; raises Unsealable where this ring has no such term."""
        try:
            return self.keys[term]
        except KeyError:
            raise Unsealable(f"no key of term {term} in the ring of {self.ring.tenant}") from None


def create_ring(
    tenant: TenantId, root: Secret[bytes], instance: InstanceId, entropy: Entropy
) -> KeyRing:
    """A ring with its first term."""
    empty = KeyRing(tenant, terms=(), revision=0)
    return add_term(empty, root, instance, entropy)


def add_term(ring: KeyRing, root: Secret[bytes], instance: InstanceId, entropy: Entropy) -> KeyRing:
    """The ring with one more term, which seals from now on."""
    term = ring.current + 1
    place = _place(ring.tenant, term, instance)
    wrapped = wrap(root, 0, place, draw_key(entropy), entropy)
    return replace(ring, terms=(*ring.terms, wrapped))


def open_ring(ring: KeyRing, root: Secret[bytes], instance: InstanceId) -> OpenRing:
    """The ring with its keys unwrapped; raises Unsealable if any term is not of this root."""
    keys = {
        term: unwrap(root, _place(ring.tenant, term, instance), wrapped)
        for term, wrapped in enumerate(ring.terms, start=1)
    }
    return OpenRing(ring, instance, keys)


def encode_ring(ring: KeyRing) -> bytes:
    return msgspec.json.encode(ring, order="sorted")


def decode_ring(body: bytes, revision: int) -> KeyRing:
    return replace(msgspec.json.decode(body, type=KeyRing), revision=revision)


def _place(tenant: TenantId, term: int, instance: InstanceId) -> Place:
    return Place(instance, tenant, KIND, tenant, "term", version=term, generation=0)
