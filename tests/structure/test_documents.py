"""The documents name what exists: links, make targets, and the tests that hold the threat model."""

import re
from pathlib import Path

import pytest

from tests.structure.files import files, read
from tests.structure.source import ROOT, suite

PAGES = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
MAKE = re.compile(r"(?:^\$ |`)make ([a-z]+)", re.MULTILINE)
TEST = re.compile(r"`(test_\w+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        target
        for target in LINK.findall(read(page))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def test_every_page_can_be_reached() -> None:
    reached, found = {ROOT / "README.md"}, [ROOT / "README.md"]
    while found:
        page = found.pop()
        for target in LINK.findall(read(page)):
            linked = (page.parent / target).resolve()
            if linked.suffix == ".md" and linked.is_file() and linked not in reached:
                reached.add(linked)
                found.append(linked)
    assert not {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - reached


def test_the_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {target for page in PAGES for target in MAKE.findall(read(page))}
    assert named
    assert not named - targets


def test_the_threat_model_names_tests_that_exist() -> None:
    model = read(ROOT / "docs" / "explanation" / "threat-model.md")
    existing = {function.name for module in suite() for function in module.functions()}
    named = set(TEST.findall(model))
    assert named
    assert not named - existing


def test_each_direct_dependency_has_its_reason() -> None:
    decision = read(ROOT / "docs" / "adr" / "0006-dependencies.md")
    quoted = re.compile(r'^  "([a-z][a-z0-9-]*)[>=\[",]', re.MULTILINE)
    declared = read(ROOT / "pyproject.toml").partition("[tool.")[0].partition("dependencies = [")[2]
    names = set(quoted.findall(declared))
    assert names
    assert not {name for name in names if f"`{name}`" not in decision}
