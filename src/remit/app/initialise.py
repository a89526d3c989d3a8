"""`remit init`: a state directory with all that the first start needs, and one administrator."""

import json
from dataclasses import dataclass
from pathlib import Path

from remit.app.control import make_humans
from remit.app.keys import make_keys, open_checkpoint_key
from remit.audit.checkpoint import verifier_key
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.errors import Conflict
from remit.kernel.ids import ROOT_TENANT
from remit.settings import FILE_NAME
from remit.storage.sqlite.journal import SQLiteJournal, create_journal
from remit.vault.custody import create_custody, open_custody
from remit.vault.signing_keys import SigningKeyVault

_VERIFIER_FILE = "audit.vkey"

_SETTINGS = """\
# Every setting is described in docs/reference/settings.md; what is not here has its default.

[server]
public_url = {public_url}

[server.listen]
host = {host}
port = {port}

[server.operations]
port = {operations_port}

# Who may use the administration socket: uids of this machine, each standing for a human.
[[administration.administrators]]
uid = {uid}
human = {human}
"""


@dataclass(frozen=True, slots=True)
class FirstSettings:
    """What the first settings file says."""

    public_url: str
    host: str
    port: int
    operations_port: int
    uid: int
    human: str


async def initialise(home: Path, first: FirstSettings, clock: Clock, entropy: Entropy) -> Path:
    """Make the state directory; raises Conflict where there is one already. The settings' path."""
    settings = home / FILE_NAME
    if settings.exists():
        raise Conflict(f"{settings} exists already")
    journal = create_journal(home, clock, entropy)
    try:
        await _fill(home, journal, first, clock, entropy)
    finally:
        await journal.aclose()
    # Last, so that a directory with settings is whole. JSON strings are TOML strings.
    settings.write_text(
        _SETTINGS.format(
            public_url=json.dumps(first.public_url),
            host=json.dumps(first.host),
            port=first.port,
            operations_port=first.operations_port,
            uid=first.uid,
            human=json.dumps(first.human),
        ),
        "utf-8",
    )
    return settings


async def _fill(
    home: Path, journal: SQLiteJournal, first: FirstSettings, clock: Clock, entropy: Entropy
) -> None:
    instance = journal.installation.instance
    await create_custody(home, instance, journal, clock, entropy)
    ring = open_custody(home, instance, journal).ring_of(ROOT_TENANT)
    vault = SigningKeyVault(journal, ring, clock, entropy)
    await make_keys(vault)
    await make_humans(journal, clock, entropy).register_first(ROOT_TENANT, first.human)
    key = open_checkpoint_key(vault, journal)
    vkey = verifier_key(journal.log, key.public).vkey
    (home / _VERIFIER_FILE).write_text(vkey + "\n", "utf-8")
