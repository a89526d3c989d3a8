"""The forger: has a copy of everything on Remit's disk but its keys, and changes one word of it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from remit.cli.demonstration.children import ChildFailed


def forge_copy(home: Path, copy: Path) -> Path:
    """A copy of a state directory whose log tells of another human; nothing else is changed."""
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("*.sock", "*.lock", "keys"))
    with closing(sqlite3.connect(copy / "remit.db")) as database, database:
        changed = database.execute(
            "UPDATE audit_record SET leaf = CAST(replace(leaf, 'alice', 'mallo') AS BLOB)"
            " WHERE type = 'human.registered'"
        )
        if changed.rowcount == 0:
            raise ChildFailed("the log tells of nobody whose name could be forged")
    return copy
