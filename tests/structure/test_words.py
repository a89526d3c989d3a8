"""Nothing in the project names a package registry, or a place on its author's machine."""

import re

import pytest

from tests.structure.files import files, read
from tests.structure.source import ROOT

# Written in two halves, so that this file does not contain what it looks for.
HALVES = [
    ("files.python", "hosted"),
    ("pyp", "i.org"),
    ("registry.npm", "js"),
    ("registry.yarn", "pkg"),
    ("deb.deb", "ian"),
    ("/wor", "k/"),
    ("/far", "m/"),
    ("/roo", "t/"),
    ("/tmp/br", "ief"),
]
FORBIDDEN = re.compile("|".join(re.escape(one + two) for one, two in HALVES), re.IGNORECASE)


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in files()
        for number, line in enumerate(read(path).splitlines(), 1)
        if (match := FORBIDDEN.search(line))
    ]
    assert not found


@pytest.mark.parametrize(("one", "two"), HALVES)
def test_the_check_sees_each_of_them(one: str, two: str) -> None:
    assert FORBIDDEN.search(f"see {one}{two} there")


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    for name in ("runtime.txt", "dev.txt"):
        text = read(ROOT / "requirements" / name)
        assert "--hash=sha256:" in text
        assert "://" not in text
    node = read(ROOT / "tests" / "node" / "package-lock.json")
    assert '"integrity": "sha512-' in node
    assert '"resolved"' not in node
