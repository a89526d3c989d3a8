"""Audit records of the vault. None of them says anything of a value, not even its length."""

from remit.audit.records import Record
from remit.kernel.ids import HumanId, SecretId


class SecretCreated(Record, frozen=True, kw_only=True, tag="secret.created"):
    """A secret was created with its first version."""

    secret: SecretId
    name: str
    owner: HumanId
    by: HumanId


class SecretVersionAdded(Record, frozen=True, kw_only=True, tag="secret.version_added"):
    """A secret was given a new value, which is used from now on."""

    secret: SecretId
    version: int
    by: HumanId


class SecretVersionChanged(Record, frozen=True, kw_only=True, tag="secret.version_changed"):
    """A version was enabled, disabled or destroyed."""

    secret: SecretId
    version: int
    state: str
    by: HumanId


class KeyRingCreated(Record, frozen=True, kw_only=True, tag="key_ring.created"):
    """A tenant got its key ring, and the installation its first key slot."""

    slot: str


class KeyRingRotated(Record, frozen=True, kw_only=True, tag="key_ring.rotated"):
    """A tenant's key ring got a new term."""

    term: int
    by: HumanId
