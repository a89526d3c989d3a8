"""Signing keys: sealed at rest under their use and kid, opened whole at start, oldest first."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from remit.audit.journal import Document
from remit.kernel.errors import Conflict
from remit.kernel.ids import ROOT_TENANT, TenantId
from remit.kernel.secret import Secret
from remit.storage.memory.journal import MemoryJournal
from remit.testing.clock import FakeClock
from remit.testing.entropy import FakeEntropy
from remit.vault.custody import create_custody, open_custody
from remit.vault.signing_keys import KIND, SealedKey, SigningKeyCreated, SigningKeyVault
from remit.vault.xaes import Unsealable

CLOCK, ENTROPY = FakeClock(), FakeEntropy("signing")
PEM = b"-----BEGIN PRIVATE KEY-----\nnot a real one\n-----END PRIVATE KEY-----\n"


def vault_in(home: Path) -> tuple[SigningKeyVault, MemoryJournal]:
    journal = MemoryJournal(CLOCK, ENTROPY)
    asyncio.run(create_custody(home, journal.instance, journal, CLOCK, ENTROPY))
    ring = open_custody(home, journal.instance, journal).ring_of(ROOT_TENANT)
    return SigningKeyVault(journal, ring, CLOCK, ENTROPY), journal


def keep(vault: SigningKeyVault, use: str, kid: str, pem: bytes = PEM) -> None:
    asyncio.run(vault.keep(use, kid, Secret(pem)))


def test_keys_come_back_by_use_oldest_first(tmp_path: Path) -> None:
    vault, journal = vault_in(tmp_path)
    keep(vault, "access_token", "a", b"one")
    keep(vault, "checkpoint", "b", b"two")
    keep(vault, "access_token", "c", b"three")
    found = vault.open_keys("access_token", journal)
    assert [pem.open() for pem in found] == [b"one", b"three"]
    assert vault.open_keys("nothing", journal) == ()


def test_neither_state_nor_log_holds_a_key(tmp_path: Path) -> None:
    vault, journal = vault_in(tmp_path)
    keep(vault, "access_token", "a")
    (document,) = journal.load_documents(KIND)
    for written in (document.body, *journal.leaves):
        assert PEM not in written
        assert b"not a real one" not in written
    record = journal.records[-1]
    assert isinstance(record, SigningKeyCreated)
    assert (record.use, record.kid) == ("access_token", "a")


def test_a_kid_is_given_once_for_a_use(tmp_path: Path) -> None:
    vault, journal = vault_in(tmp_path)
    keep(vault, "access_token", "a", b"one")
    with pytest.raises(Conflict):
        keep(vault, "access_token", "a", b"two")
    assert [pem.open() for pem in vault.open_keys("access_token", journal)] == [b"one"]


@pytest.mark.parametrize(("use", "kid"), [("checkpoint", "a"), ("access_token", "b")])
def test_a_sealed_key_under_another_use_or_kid_is_refused(
    tmp_path: Path, use: str, kid: str
) -> None:
    vault, journal = vault_in(tmp_path)
    keep(vault, "access_token", "a")
    (document,) = journal.load_documents(KIND)
    sealed = msgspec.json.decode(document.body, type=SealedKey)
    moved = SealedKey(use, kid, sealed.sealed, sealed.created_at)

    class Altered:
        """A database in which somebody relabelled a key."""

        def load_documents(self, kind: str) -> list[Document]:
            body = msgspec.json.encode(moved)
            return [Document(ROOT_TENANT, kind, document.id, document.name, 1, body)]

        def load_watermarks(self) -> dict[tuple[TenantId, str], int]:
            return {}

    with pytest.raises(Unsealable):
        vault.open_keys(use, Altered())
