"""The demonstration itself: it succeeds where all of it happens, and only there."""

import re
import shutil
import signal
from pathlib import Path

import pytest

from tests.cli.programs import left_running, started
from tests.structure.source import ROOT

# Whole sites of many processes: on a busy machine they take their time.
pytestmark = pytest.mark.timeout(240)

STEP = re.compile(r"^ *\d+\.\d\ds  (\w+) +(.*?)  (ok|NOT SO)$", re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What one demonstration says, which must succeed and leave nothing."""
    work = tmp_path_factory.mktemp("demo")
    with started("demo", work=work) as program:
        assert program.finish() == 0, program.said
    assert left_running(work) == []
    assert list(work.iterdir()) == []
    return program.said


def test_all_of_it_happens(told: str) -> None:
    steps = STEP.findall(told)
    assert {mark for _, _, mark in steps} == {"ok"}
    assert f"All of it happened: {len(steps)} of {len(steps)}, in " in told
    assert {who for who, _, _ in steps} == {
        "ada", "alice", "crm", "desk", "forger", "log", "remit", "thief",
    }  # fmt: skip


def test_without_a_terminal_there_are_no_colours(told: str) -> None:
    assert "\x1b" not in told


def test_the_readme_shows_what_the_demonstration_says(told: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    session = re.search(r"```console\n(ada .*?)```", readme, re.DOTALL)
    assert session
    promised = [re.split(r"  +|:", line)[:2] for line in session[1].splitlines()]
    said = [(who, re.split(r": |  +", words)[0]) for who, words, _ in STEP.findall(told)]
    assert len(promised) >= 8
    places = [said.index((who, words.strip())) for who, words in promised]
    assert places == sorted(places)


@pytest.fixture
def checkout(short_path: Path) -> Path:
    """Another checkout, whose examples may be changed."""
    place = short_path / "checkout"
    shutil.copytree(ROOT / "examples", place / "examples")
    (place / "tests").mkdir()
    (place / "tests" / "node").symlink_to(ROOT / "tests" / "node")
    return place


def test_it_fails_where_a_policy_does_not_hold(checkout: Path, short_path: Path) -> None:
    manifest = checkout / "examples" / "demo" / "site.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"urgent"', '"never"'), "utf-8")
    (short_path / "work").mkdir()
    with started("demo", "--keep", work=short_path / "work", directory=checkout) as program:
        assert program.finish() == 1
    failed = [words for _, words, mark in STEP.findall(program.said) if mark == "NOT SO"]
    assert failed[0].startswith("refuses an argument, by policy")
    assert "Not all of it happened" in program.said
    assert left_running(short_path / "work") == []
    (kept,) = (short_path / "work").iterdir()
    assert f"kept: {kept}\n" in program.said
    assert (kept / "remit" / "remit.db").exists()


def test_a_part_that_does_not_start_is_said_and_its_logs_are_kept(
    checkout: Path, short_path: Path
) -> None:
    (checkout / "examples" / "demo" / "desk.py").write_text("raise SystemExit('no desk')", "utf-8")
    (short_path / "work").mkdir()
    with started("demo", work=short_path / "work", directory=checkout) as program:
        assert program.finish() == 1
    assert "Traceback" not in program.said
    assert left_running(short_path / "work") == []
    (kept,) = (short_path / "work").iterdir()
    assert f"kept: {kept}" in program.said
    assert (kept / "desk.log").read_text("utf-8") == "no desk\n"


def test_it_leaves_nothing_when_it_is_ended_in_the_middle(short_path: Path) -> None:
    with started("demo", work=short_path) as program:
        program.hear("opens a ticket")
        assert program.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert left_running(short_path) == []
    assert list(short_path.iterdir()) == []
