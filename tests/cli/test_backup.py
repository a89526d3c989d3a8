import shutil
from pathlib import Path

import pytest

from tests.cli.live import Live, Worker


@pytest.fixture
def saved(live: Live, tmp_path: Path, worker: Worker) -> Path:
    target = tmp_path / "saved"
    done = live.run("backup", str(target))
    assert done.exit_code == 0, done.output
    return target


def heir(live: Live, place: Path) -> Live:
    """A directory with the settings and the keys of a server, and no database."""
    home = place / "heir"
    home.mkdir(mode=0o700)
    for name in ("remit.toml", "audit.vkey"):
        shutil.copy(live.home / name, home / name)
    shutil.copytree(live.home / "keys", home / "keys")
    return Live(home)


def test_a_backup_holds_no_key(saved: Path, live: Live) -> None:
    keys = {path.read_bytes() for path in (live.home / "keys").iterdir()}
    held = b"".join(path.read_bytes() for path in saved.rglob("*") if path.is_file())
    assert not [key for key in keys if key in held]


def test_a_backup_does_not_overwrite(saved: Path, live: Live) -> None:
    assert live.run("backup", str(saved)).exit_code == 5


def test_a_restored_server_permits_nothing_until_somebody_says_so(
    live: Live, saved: Path, tmp_path: Path, worker: Worker
) -> None:
    restored = heir(live, tmp_path)
    told = restored.read("restore", str(saved))
    assert told["incarnation"] == 2
    assert told["remits_suspended"] >= 1
    (first, second) = restored.read("audit", "verify")
    assert (first["lost"], second["lost"]) == (0, 0)


def test_a_damaged_backup_is_not_restored(live: Live, saved: Path, tmp_path: Path) -> None:
    database = next(path for path in saved.rglob("*.db"))
    content = bytearray(database.read_bytes())
    at = content.rindex(b"alice")
    content[at : at + 5] = b"mallo"
    database.write_bytes(content)
    restored = heir(live, tmp_path)
    refused = restored.run("restore", str(saved))
    assert refused.exit_code not in {0, 2}
    assert not (restored.home / "remit.db").exists()


def test_what_is_there_is_not_restored_over(live: Live, saved: Path) -> None:
    assert live.run("restore", str(saved)).exit_code == 5


def test_without_a_verifier_key_nothing_is_restored(
    live: Live, saved: Path, tmp_path: Path
) -> None:
    restored = heir(live, tmp_path)
    (restored.home / "audit.vkey").unlink()
    assert restored.run("restore", str(saved)).exit_code == 6
