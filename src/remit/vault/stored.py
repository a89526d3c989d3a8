"""A secret as it is kept: its versions, each in an envelope of its own, and never a value."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec

from remit.kernel.errors import Conflict, NotFound
from remit.kernel.ids import HumanId, SecretId, TenantId
from remit.vault.envelope import Envelope

KIND = "secret"


class VersionState(StrEnum):
    """Only `enabled` versions are used; `destroyed` ones are gone, whoever asks."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """One version; `envelope` is None once it is destroyed."""

    number: int
    state: VersionState
    created_at: datetime
    envelope: Envelope | None


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A named secret of an owner. The newest enabled version is the one that is used."""

    tenant: TenantId
    id: SecretId
    name: str
    owner: HumanId
    versions: tuple[SecretVersion, ...]
    revision: int

    @property
    def next_number(self) -> int:
        """Version numbers are never used twice."""
        return len(self.versions) + 1

    def load_version(self, number: int) -> SecretVersion:
        """The version of a number; raises NotFound."""
        if not 1 <= number <= len(self.versions):
            raise NotFound(f"secret {self.name} has no version {number}")
        return self.versions[number - 1]

    def find_current(self) -> SecretVersion | None:
        """The newest enabled version."""
        enabled = (v for v in reversed(self.versions) if v.state is VersionState.ENABLED)
        return next(enabled, None)

    def with_version(self, version: SecretVersion) -> "StoredSecret":
        """This secret with one version added, or replaced by its later state."""
        kept = self.versions[: version.number - 1]
        return replace(self, versions=(*kept, version, *self.versions[version.number :]))


def change_state(version: SecretVersion, state: VersionState) -> SecretVersion:
    """The version in another state; nothing comes back from `destroyed`."""
    if version.state is VersionState.DESTROYED:
        raise Conflict(f"version {version.number} is destroyed")
    envelope = None if state is VersionState.DESTROYED else version.envelope
    return replace(version, state=state, envelope=envelope)


def encode_secret(secret: StoredSecret) -> bytes:
    return msgspec.json.encode(secret, order="sorted")


def decode_secret(body: bytes, revision: int) -> StoredSecret:
    return replace(msgspec.json.decode(body, type=StoredSecret), revision=revision)
