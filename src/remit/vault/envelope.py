"""The envelope of one secret version: a data key of its own, wrapped by the tenant's term key.

Rewrapping on rotation touches 32 bytes, not the value; destroying a version destroys its data key.
Nothing else opens a stored secret; `vault/secrets.py` is the only one that calls it.
"""

from dataclasses import dataclass

from remit.kernel.entropy import Entropy
from remit.kernel.ids import SecretId
from remit.kernel.secret import Secret
from remit.vault.keyring import OpenRing
from remit.vault.sealing import Place, seal, unseal
from remit.vault.wrapping import draw_key, unwrap, wrap, wrapped_term

TABLE = "secret"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is stored of one version: the wrapped data key, and the value sealed under it."""

    wrapped_key: bytes
    sealed_value: bytes


def close(
    ring: OpenRing, secret: SecretId, version: int, value: Secret[bytes], entropy: Entropy
) -> Envelope:
    """Seal a value under a new data key."""
    term, term_key = ring.current
    data_key = draw_key(entropy)
    wrapped = wrap(term_key, term, _place(ring, secret, "key", version), data_key, entropy)
    sealed = seal(data_key, term, _place(ring, secret, "value", version), value, entropy)
    return Envelope(wrapped, sealed)


def open_envelope(
    ring: OpenRing, secret: SecretId, version: int, envelope: Envelope
) -> Secret[bytes]:
    """The value; raises Unsealable when the envelope is not of this ring, secret and version."""
    term_key = ring.key_of(wrapped_term(envelope.wrapped_key))
    data_key = unwrap(term_key, _place(ring, secret, "key", version), envelope.wrapped_key)
    return unseal(data_key, _place(ring, secret, "value", version), envelope.sealed_value)


def rewrap(
    ring: OpenRing, secret: SecretId, version: int, envelope: Envelope, entropy: Entropy
) -> Envelope:
    """The same value, its data key wrapped under the ring's current term."""
    place = _place(ring, secret, "key", version)
    old_key = ring.key_of(wrapped_term(envelope.wrapped_key))
    data_key = unwrap(old_key, place, envelope.wrapped_key)
    term, term_key = ring.current
    return Envelope(wrap(term_key, term, place, data_key, entropy), envelope.sealed_value)


def _place(ring: OpenRing, secret: SecretId, column: str, version: int) -> Place:
    tenant = ring.ring.tenant
    return Place(ring.instance, tenant, TABLE, secret, column, version, generation=0)
