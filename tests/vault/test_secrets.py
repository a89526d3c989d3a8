"""Secrets: opened for a permit alone, of its own tool server alone, and never told otherwise."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from remit.audit.journal import AuditUnavailable, Change, Document, Receipt
from remit.audit.records import Record
from remit.identity.tools import Injection, ToolServer
from remit.kernel.errors import Conflict, Malformed, NotFound
from remit.kernel.ids import ROOT_TENANT, HumanId, SecretId, TenantId
from remit.kernel.secret import Secret
from remit.policy.decision import Allowed
from remit.policy.permits import permit_call, permit_observation
from remit.signals.clearance import Clearance
from remit.storage.memory.journal import MemoryJournal
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.vault.credential import Credential
from remit.vault.custody import create_custody, open_custody
from remit.vault.keyring import OpenRing
from remit.vault.records import SecretCreated, SecretVersionAdded, SecretVersionChanged
from remit.vault.secrets import LONGEST_SECRET, SecretMissing, Secrets
from remit.vault.stored import KIND, VersionState
from tests.policy.scene import clear, make_call, make_server
from tests.vault.test_envelope import RING
from tests.vault.test_envelope import opened as ring_of_another_tenant

ALICE, BOB = HumanId("hum_alice"), HumanId("hum_bob")
VALUE = b"sk_live_0123456789abcdef"
OTHER = b"sk_live_fedcba9876543210"
T = TypeVar("T")


class Vault:
    """Secrets on a journal in memory; `restart` reads the journal anew."""

    def __init__(self, home: Path) -> None:
        self.clock, self.entropy = FakeClock(), FakeEntropy("secrets")
        self.journal = MemoryJournal(self.clock, self.entropy)
        instance = self.journal.instance
        run(create_custody(home, instance, self.journal, self.clock, self.entropy))
        self.ring = open_custody(home, instance, self.journal).ring_of(ROOT_TENANT)
        self.secrets = self.restart()

    def restart(self, ring: OpenRing | None = None) -> Secrets:
        secrets = Secrets(self.journal, ring or self.ring, self.clock, self.entropy)
        secrets.load(self.journal)
        return secrets

    def create(self, name: str = "key", value: bytes = VALUE) -> SecretId:
        return run(self.secrets.create(name, Secret(value), by=ALICE)).id

    def add(self, secret: SecretId, value: bytes = OTHER) -> int:
        return run(self.secrets.add_version(secret, Secret(value), by=BOB)).number

    def change(self, secret: SecretId, number: int, state: VersionState) -> None:
        run(self.secrets.change_version(secret, number, state, by=BOB))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def server_with(secret: SecretId | None, prefix: str = "Bearer ") -> ToolServer:
    injection = None if secret is None else Injection("Authorization", prefix, secret)
    return make_server(tenant=ROOT_TENANT, injection=injection)


def obtain(secrets: Secrets, server: ToolServer) -> Credential:
    request = replace(make_call(), tool_server=server)
    return secrets.obtain(permit_call(request, clear(request), Allowed(("all",), "sha256:x")))


# --- what a call gets --------------------------------------------------------------------------


def test_a_permitted_call_gets_its_servers_credential_and_what_to_scan_for(vault: Vault) -> None:
    secret = vault.create()
    credential = obtain(vault.secrets, server_with(secret))
    assert credential.header == "Authorization"
    assert credential.value is not None
    assert credential.value.open() == b"Bearer " + VALUE
    assert (credential.secret, credential.version) == (secret, 1)
    assert VALUE in credential.needles.open()
    assert VALUE.decode() not in repr(credential)


def test_a_server_without_credential_gets_none_whatever_secrets_there_are(vault: Vault) -> None:
    vault.create()
    credential = obtain(vault.secrets, server_with(None))
    assert (credential.header, credential.value, credential.secret) == (None, None, None)
    assert credential.needles.open() == ()


def test_an_observation_gets_the_same_credential_by_its_own_permit(vault: Vault) -> None:
    server = server_with(vault.create())
    permit = permit_observation(server, Clearance(server.tenant, {}))
    credential = vault.secrets.obtain_for_observation(permit)
    assert credential.value is not None
    assert credential.value.open() == b"Bearer " + VALUE


def test_a_server_of_another_tenant_gets_nothing(vault: Vault) -> None:
    server = replace(server_with(vault.create()), tenant=TenantId("ten_b"))
    with pytest.raises(NotFound):
        obtain(vault.secrets, server)
    with pytest.raises(NotFound):
        vault.secrets.obtain_for_observation(permit_observation(server, Clearance("ten_b", {})))


def test_every_call_opens_the_value_of_its_own_secret(vault: Vault) -> None:
    one, two = vault.create("one"), vault.create("two", OTHER)
    for _ in range(2):
        for secret, value in ((one, VALUE), (two, OTHER)):
            credential = obtain(vault.secrets, server_with(secret, prefix=""))
            assert credential.value is not None
            assert credential.value.open() == value


def test_a_server_that_takes_its_credential_otherwise_gets_it_so_on_the_next_call(
    vault: Vault,
) -> None:
    server = server_with(vault.create())
    obtain(vault.secrets, server)
    assert server.injection is not None
    changed = replace(server, injection=replace(server.injection, header="X-Key", prefix=""))
    for each, header, value in (
        (changed, "X-Key", VALUE),
        (server, "Authorization", b"Bearer " + VALUE),
    ):
        credential = obtain(vault.secrets, each)
        assert credential.value is not None
        assert (credential.header, credential.value.open()) == (header, value)


def test_an_unknown_secret_is_no_credential(vault: Vault) -> None:
    with pytest.raises(NotFound):
        obtain(vault.secrets, server_with(SecretId("sec_unknown")))


# --- versions ----------------------------------------------------------------------------------


def test_a_new_version_is_used_from_the_next_call_on_and_the_old_one_if_it_is_disabled(
    vault: Vault,
) -> None:
    secret = vault.create()
    assert vault.add(secret) == 2
    server = server_with(secret)
    assert obtain(vault.secrets, server).version == 2
    vault.change(secret, 2, VersionState.DISABLED)
    assert obtain(vault.secrets, server).version == 1
    vault.change(secret, 2, VersionState.ENABLED)
    assert obtain(vault.secrets, server).version == 2


@pytest.mark.parametrize("state", [VersionState.DISABLED, VersionState.DESTROYED])
def test_without_an_enabled_version_there_is_no_call(vault: Vault, state: VersionState) -> None:
    secret = vault.create()
    vault.change(secret, 1, state)
    with pytest.raises(SecretMissing, match="no enabled version"):
        obtain(vault.secrets, server_with(secret))


@pytest.mark.parametrize("state", [VersionState.DISABLED, VersionState.DESTROYED])
def test_what_was_opened_of_a_version_goes_with_it(vault: Vault, state: VersionState) -> None:
    secret = vault.create()
    obtain(vault.secrets, server_with(secret))
    assert vault.secrets._ready
    vault.change(secret, 1, state)
    assert not vault.secrets._ready


def test_what_is_destroyed_is_gone_from_the_state_and_stays_so(vault: Vault) -> None:
    secret = vault.create()
    before = vault.journal.load_documents(KIND)[-1].body
    vault.change(secret, 1, VersionState.DESTROYED)
    after = vault.journal.load_documents(KIND)[-1].body
    envelope = vault.secrets.load_secret(secret).versions[0].envelope
    assert len(after) < len(before)
    assert envelope is None
    with pytest.raises(Conflict):
        vault.change(secret, 1, VersionState.ENABLED)


def test_an_unknown_version_or_secret_cannot_be_changed(vault: Vault) -> None:
    secret = vault.create()
    with pytest.raises(NotFound):
        vault.change(secret, 2, VersionState.DISABLED)
    with pytest.raises(NotFound):
        vault.change(SecretId("sec_unknown"), 1, VersionState.DISABLED)
    with pytest.raises(NotFound):
        vault.add(SecretId("sec_unknown"))


# --- values and names --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"short7!",
        b"x" * (LONGEST_SECRET + 1),
        b"line\r\nX-Injected: yes",
        b"null\0inside",
        b" leading space",
        b"trailing space ",
        b"with\ttabulator",
        b"\x7fdelete-12345",
        "schlüssel".encode(),
    ],
)
def test_a_value_that_no_header_should_carry_is_refused(vault: Vault, value: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        vault.create(value=value)
    secret = vault.create()
    with pytest.raises(Malformed):
        vault.add(secret, value)
    assert value.decode("latin-1") not in str(refused.value) or not value
    assert len(vault.journal.load_documents(KIND)) == 1


@pytest.mark.parametrize("value", [b"x" * 8, b"x" * LONGEST_SECRET, b"user name:pass word"])
def test_a_value_at_the_limits_is_taken(vault: Vault, value: bytes) -> None:
    credential = obtain(vault.secrets, server_with(vault.create(value=value), prefix=""))
    assert credential.value is not None
    assert credential.value.open() == value


@pytest.mark.parametrize("name", ["", "Key", "../key", "key\n", "k" * 64, "\x1b[2J"])
def test_a_secret_has_a_name_like_all_else(vault: Vault, name: str) -> None:
    with pytest.raises(Malformed):
        vault.create(name)


def test_a_name_is_given_once(vault: Vault) -> None:
    vault.create("key")
    with pytest.raises(Conflict, match="add a version"):
        vault.create("key")
    vault.create("another")
    assert [each.name for each in vault.secrets] == ["key", "another"]


def test_a_secret_is_found_by_its_name_or_not_at_all(vault: Vault) -> None:
    secret = vault.create("key")
    assert vault.secrets.load_named("key").id == secret
    assert vault.secrets.find_by_name("other") is None
    with pytest.raises(NotFound):
        vault.secrets.load_named("other")


# --- what is kept, and what is told ------------------------------------------------------------


def test_neither_state_nor_log_holds_a_value_nor_its_length(vault: Vault) -> None:
    vault.add(vault.create())
    written = [*(each.body for each in vault.journal.load_documents(KIND)), *vault.journal.leaves]
    for each in written:
        assert VALUE not in each
        assert OTHER not in each
    for record in vault.journal.records:
        assert "length" not in type(record).__struct_fields__
        assert "size" not in type(record).__struct_fields__


def test_every_verb_appends_exactly_one_record(vault: Vault) -> None:
    before = len(vault.journal.records)
    secret = vault.create()
    vault.add(secret)
    vault.change(secret, 1, VersionState.DESTROYED)
    created, added, changed = vault.journal.records[before:]
    assert isinstance(created, SecretCreated)
    assert (created.owner, created.by) == (ALICE, ALICE)
    assert isinstance(added, SecretVersionAdded)
    assert (added.version, added.by) == (2, BOB)
    assert isinstance(changed, SecretVersionChanged)
    assert (changed.version, changed.state, changed.by) == (1, "destroyed", BOB)


def test_a_restart_finds_what_was_committed(vault: Vault) -> None:
    secret = vault.create()
    vault.add(secret)
    again = vault.restart()
    assert obtain(again, server_with(secret)).version == 2
    run(again.add_version(secret, Secret(VALUE), by=ALICE))
    assert obtain(again, server_with(secret)).version == 3


def test_a_restart_reads_the_secrets_of_its_own_tenant_alone(vault: Vault) -> None:
    secret = vault.create()
    other = vault.restart(ring_of_another_tenant())
    assert other.tenant == RING.tenant != vault.secrets.tenant
    assert not list(other)
    with pytest.raises(NotFound):
        other.load_secret(secret)


def test_what_another_tenant_keeps_in_the_same_journal_is_not_read(vault: Vault) -> None:
    vault.create()
    documents = vault.journal.load_documents(KIND)

    class Shared:
        """Control state of several tenants."""

        def load_documents(self, kind: str) -> list[Document]:
            return [replace(each, tenant=TenantId("ten_b")) for each in documents]

        def load_watermarks(self) -> dict[tuple[TenantId, str], int]:
            return {}

    secrets = Secrets(vault.journal, vault.ring, vault.clock, vault.entropy)
    secrets.load(Shared())
    assert not list(secrets)


def test_what_was_not_committed_is_not_there(vault: Vault) -> None:
    secret = vault.create()
    vault.journal.fail()
    with pytest.raises(AuditUnavailable):
        vault.add(secret)
    with pytest.raises(AuditUnavailable):
        vault.create("another")
    assert obtain(vault.secrets, server_with(secret)).version == 1
    assert vault.secrets.find_by_name("another") is None


def test_of_two_changes_at_once_one_is_told_to_read_again(vault: Vault) -> None:
    secret = vault.create()
    stale = vault.restart()
    vault.add(secret)
    with pytest.raises(Conflict):
        run(stale.add_version(secret, Secret(VALUE), by=BOB))


class SlowJournal:
    """Commits at once, and answers when `answered` is set: a group commit under way."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.log = journal.log
        self.committed, self.answered = asyncio.Event(), asyncio.Event()
        self._journal = journal

    def append(self, record: Record) -> Receipt:
        return self._journal.append(record)

    async def commit(self, record: Record, changes: tuple[Change, ...] = ()) -> Receipt:
        receipt = await self._journal.commit(record, changes)
        self.committed.set()
        await self.answered.wait()
        return receipt


def test_a_version_that_is_destroyed_is_unused_even_if_whoever_asked_hangs_up(
    vault: Vault,
) -> None:
    secret = vault.create()

    async def destroy_and_leave() -> Secrets:
        journal = SlowJournal(vault.journal)
        secrets = Secrets(journal, vault.ring, vault.clock, vault.entropy)
        secrets.load(vault.journal)
        loop = asyncio.get_running_loop()
        asked = loop.create_task(
            secrets.change_version(secret, 1, VersionState.DESTROYED, by=ALICE)
        )
        await journal.committed.wait()
        asked.cancel()
        journal.answered.set()
        with pytest.raises(asyncio.CancelledError):
            await asked
        return secrets

    with pytest.raises(SecretMissing):
        obtain(run(destroy_and_leave()), server_with(secret))
