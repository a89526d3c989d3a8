"""Secrets: create, add versions, disable, destroy; opened only for a permit.

Nothing here hands a value to a person or an agent: `obtain` opens a secret for one permitted call,
`obtain_for_observation` for Remit's own look at a tool server's definitions.
"""

from collections.abc import Iterator

from remit.audit.journal import ControlState, Journal, PutDocument
from remit.audit.records import Record
from remit.identity.naming import verify_name
from remit.identity.tools import Injection, ToolServer
from remit.kernel.clock import Clock
from remit.kernel.completion import carry_through
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict, Malformed, NotFound, Unavailable
from remit.kernel.ids import HumanId, SecretId, TenantId, draw_id
from remit.kernel.secret import Secret
from remit.policy.permits import CallPermit, ReleasePermit
from remit.vault.credential import Credential
from remit.vault.envelope import Envelope, close, open_envelope
from remit.vault.keyring import OpenRing
from remit.vault.needles import SHORTEST_SECRET, needles_of
from remit.vault.records import SecretCreated, SecretVersionAdded, SecretVersionChanged
from remit.vault.stored import (
    KIND,
    SecretVersion,
    StoredSecret,
    VersionState,
    change_state,
    decode_secret,
    encode_secret,
)

LONGEST_SECRET = 64 << 10
_NO_NEEDLES: Secret[tuple[bytes, ...]] = Secret(())


class SecretMissing(Unavailable):
    """The tool server's credential has no enabled version: the call cannot be made."""


class Secrets:
    """The secrets of one tenant, sealed under its key ring."""

    def __init__(self, journal: Journal, ring: OpenRing, clock: Clock, entropy: Entropy) -> None:
        self._journal = journal
        self._ring = ring
        self._clock = clock
        self._entropy = entropy
        self._by_id: dict[SecretId, StoredSecret] = {}
        self._by_name: dict[str, SecretId] = {}
        # Of each secret in use the credential of the version in use, beside the keys of the ring
        # that open it, and no less guarded.
        self._ready: dict[SecretId, tuple[Envelope, Injection, Credential]] = {}

    @property
    def tenant(self) -> TenantId:
        """Whose secrets these are."""
        return self._ring.ring.tenant

    def load(self, state: ControlState) -> None:
        """Read this tenant's secrets from what the journal has committed."""
        for document in state.load_documents(KIND):
            if document.tenant == self.tenant:
                self._keep(decode_secret(document.body, document.revision))

    def find_by_name(self, name: str) -> StoredSecret | None:
        """The secret of a name."""
        found = self._by_name.get(name)
        return None if found is None else self._by_id[found]

    def load_named(self, name: str) -> StoredSecret:
        """The secret of a name; raises NotFound."""
        found = self.find_by_name(name)
        if found is None:
            raise NotFound(f"no secret named {name!r}")
        return found

    def load_secret(self, secret: SecretId) -> StoredSecret:
        """The secret of an id; raises NotFound."""
        try:
            return self._by_id[secret]
        except KeyError:
            raise NotFound(f"no secret {secret}") from None

    def __iter__(self) -> Iterator[StoredSecret]:
        return iter(self._by_id.values())

    async def create(self, name: str, value: Secret[bytes], *, by: HumanId) -> StoredSecret:
        """A new secret with its first version, owned by who made it."""
        if verify_name(name) in self._by_name:
            raise Conflict(f"there is a secret {name!r} already; add a version to it")
        secret = draw_id(SecretId, self._entropy)
        empty = StoredSecret(self.tenant, secret, name, by, versions=(), revision=0)
        stored = empty.with_version(self._sealed(secret, 1, value))
        await self._commit(
            stored,
            SecretCreated(tenant=self.tenant, secret=secret, name=name, owner=by, by=by),
        )
        return self._by_id[secret]

    async def add_version(
        self, secret: SecretId, value: Secret[bytes], *, by: HumanId
    ) -> SecretVersion:
        """A new value, used from the next call on; earlier versions stay enabled for going back."""
        stored = self.load_secret(secret)
        version = self._sealed(secret, stored.next_number, value)
        record = SecretVersionAdded(
            tenant=self.tenant, secret=secret, version=version.number, by=by
        )
        await self._commit(stored.with_version(version), record)
        return version

    async def change_version(
        self, secret: SecretId, number: int, state: VersionState, *, by: HumanId
    ) -> SecretVersion:
        """Enable, disable or destroy one version, in force on the next call."""
        stored = self.load_secret(secret)
        version = change_state(stored.load_version(number), state)
        record = SecretVersionChanged(
            tenant=self.tenant, secret=secret, version=number, state=state.value, by=by
        )
        await self._commit(stored.with_version(version), record)
        return version

    def obtain(self, permit: CallPermit) -> Credential:
        """The credential for one permitted call: of that call's tool server, and no other."""
        return self._credential(permit.request.tool_server)

    def obtain_for_observation(self, permit: ReleasePermit) -> Credential:
        """The credential with which Remit itself reads a tool server's definitions."""
        return self._credential(permit.tool_server)

    def _credential(self, tool_server: ToolServer) -> Credential:
        if tool_server.tenant != self.tenant:
            raise NotFound(f"{tool_server.id} is of another tenant")
        if tool_server.injection is None:
            return Credential(None, None, None, None, _NO_NEEDLES)
        return self._inject(tool_server.injection)

    def _inject(self, injection: Injection) -> Credential:
        stored = self.load_secret(injection.secret)
        version = stored.find_current()
        if version is None or version.envelope is None:
            raise SecretMissing(f"secret {stored.name} has no enabled version")
        # Which version is current is asked on each call; its opening, and the forms to search
        # replies for, are worked out once for each (law 13: what is kept was proved).
        ready = self._ready.get(stored.id)
        if ready is None or ready[0] is not version.envelope or ready[1] != injection:
            made = self._make(injection, stored.id, version.number, version.envelope)
            ready = self._ready[stored.id] = (version.envelope, injection, made)
        return ready[2]

    def _make(
        self, injection: Injection, secret: SecretId, number: int, envelope: Envelope
    ) -> Credential:
        value = open_envelope(self._ring, secret, number, envelope)
        return Credential(
            header=injection.header,
            value=Secret(injection.prefix.encode() + value.open()),
            secret=secret,
            version=number,
            needles=Secret(needles_of(value.open())),
        )

    def _sealed(self, secret: SecretId, number: int, value: Secret[bytes]) -> SecretVersion:
        _check_value(value)
        envelope = close(self._ring, secret, number, value, self._entropy)
        return SecretVersion(number, VersionState.ENABLED, self._clock.now(), envelope)

    async def _commit(self, stored: StoredSecret, record: Record) -> None:
        change = PutDocument(
            stored.tenant, KIND, stored.id, stored.name, encode_secret(stored), stored.revision
        )

        async def commit() -> None:
            await self._journal.commit(record, (change,))
            self._keep(decode_secret(change.body, stored.revision + 1))

        # Who asked may have gone; a version that is destroyed on the disk is so in memory too.
        await carry_through(commit())

    def _keep(self, stored: StoredSecret) -> None:
        self._by_id[stored.id] = stored
        self._by_name[stored.name] = stored.id
        # With a destroyed version goes what was opened of it, and with a disabled one too.
        self._ready.pop(stored.id, None)


def _check_value(value: Secret[bytes]) -> None:
    content = value.open()
    if not SHORTEST_SECRET <= len(content) <= LONGEST_SECRET:
        raise Malformed(f"a secret has {SHORTEST_SECRET} to {LONGEST_SECRET} bytes")
    # It will stand in a header: of what RFC 9110 section 5.5 allows, what survives every parser.
    if any(byte < 0x20 or byte > 0x7E for byte in content) or content != content.strip():
        raise Malformed("a secret for a header is visible ASCII, without spaces at its ends")
