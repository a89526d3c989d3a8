"""The files that belong to the project: what git tracks or would track."""

import subprocess
from functools import cache
from pathlib import Path

from tests.structure.source import ROOT

MADE = frozenset({".git", ".venv", "node_modules", "dist", "build", "__pycache__", ".hypothesis"})


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, in order; without git, every file that make did not make."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        found = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def read(path: Path) -> str:
    """The text of a file; what is not text is read as far as it can be."""
    return path.read_text("utf-8", errors="replace")
