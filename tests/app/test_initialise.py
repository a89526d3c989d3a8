import asyncio
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from remit.app.control import load_control
from remit.app.initialise import FirstSettings, initialise
from remit.app.keys import open_checkpoint_key
from remit.audit.note import parse_vkey
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import ROOT_TENANT
from remit.settings import load_settings
from remit.storage.sqlite.journal import open_journal

FIRST = FirstSettings("https://remit.example", "127.0.0.1", 8470, 8471, 1000, "alice")


def make(home: Path, first: FirstSettings = FIRST) -> Path:
    return asyncio.run(initialise(home, first, SystemClock(), SystemEntropy()))


def test_what_is_made_says_what_was_asked_for(tmp_path: Path) -> None:
    settings = tomllib.loads(make(tmp_path / "home").read_text("utf-8"))
    assert settings["server"]["public_url"] == "https://remit.example"
    assert settings["server"]["listen"] == {"host": "127.0.0.1", "port": 8470}
    assert settings["server"]["operations"] == {"port": 8471}
    assert settings["administration"]["administrators"] == [{"uid": 1000, "human": "alice"}]
    assert load_settings(tmp_path / "home").limits.connections > 0


def test_a_text_cannot_break_out_of_its_setting(tmp_path: Path) -> None:
    wicked = 'x"\n[administration]\nsocket = "/tmp/x'
    path = make(tmp_path / "home", replace(FIRST, public_url=wicked))
    settings = tomllib.loads(path.read_text("utf-8"))
    assert settings["server"]["public_url"] == wicked
    assert "socket" not in settings["administration"]


def test_what_is_there_is_not_made_anew(tmp_path: Path) -> None:
    make(tmp_path / "home")
    before = {path: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()}
    with pytest.raises(Conflict):
        make(tmp_path / "home")
    (tmp_path / "home" / "remit.toml").unlink()
    with pytest.raises(Conflict):
        make(tmp_path / "home")
    assert (tmp_path / "home" / "keys" / "slot-1.key").read_bytes() == before[
        tmp_path / "home" / "keys" / "slot-1.key"
    ]


def test_a_directory_without_its_first_human_has_no_settings(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        make(tmp_path / "home", replace(FIRST, human="not a name"))
    assert not (tmp_path / "home" / "remit.toml").exists()


def test_the_verifier_key_beside_it_is_that_of_its_checkpoints(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make(home)

    async def read() -> None:
        journal = open_journal(home, SystemClock(), SystemEntropy())
        try:
            control = load_control(home, journal, SystemClock(), SystemEntropy())
            key = open_checkpoint_key(control.signing_keys, journal)
            vkey = parse_vkey((home / "audit.vkey").read_text("utf-8"))
            assert vkey.key == key.public
            assert journal.log in vkey.name
            alice = control.directory.humans.find_named(ROOT_TENANT, "alice")
            assert alice is not None
        finally:
            await journal.aclose()

    asyncio.run(read())
