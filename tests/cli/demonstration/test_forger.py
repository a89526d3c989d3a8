import sqlite3
from pathlib import Path

import pytest

from remit.cli.demonstration.children import ChildFailed
from remit.cli.demonstration.forger import forge_copy


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A state directory with a log of one record."""
    place = tmp_path / "home"
    (place / "keys").mkdir(parents=True)
    (place / "keys" / "slot-1.key").write_bytes(b"key")
    database = sqlite3.connect(place / "remit.db")
    with database:
        database.execute("CREATE TABLE audit_record (type TEXT, leaf BLOB) STRICT")
    database.close()
    return place


def add(home: Path, kind: str, leaf: bytes) -> None:
    database = sqlite3.connect(home / "remit.db")
    with database:
        database.execute("INSERT INTO audit_record VALUES (?, ?)", (kind, leaf))
    database.close()


def leaves(home: Path) -> list[bytes]:
    database = sqlite3.connect(home / "remit.db")
    try:
        return [leaf for (leaf,) in database.execute("SELECT leaf FROM audit_record")]
    finally:
        database.close()


def test_only_the_copy_is_changed_and_has_no_keys(home: Path, tmp_path: Path) -> None:
    add(home, "human.registered", b'{"name":"alice"}')
    copy = forge_copy(home, tmp_path / "copy")
    assert leaves(copy) == [b'{"name":"mallo"}']
    assert leaves(home) == [b'{"name":"alice"}']
    assert not (copy / "keys").exists()


def test_a_forgery_of_nothing_proves_nothing(home: Path, tmp_path: Path) -> None:
    add(home, "log.opened", b"alice")
    with pytest.raises(ChildFailed):
        forge_copy(home, tmp_path / "copy")
