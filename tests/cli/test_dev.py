"""The site that is left running: all that is printed can be pasted, and nothing is left after."""

import asyncio
import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.cli.programs import Program, left_running, started
from tests.structure.source import ROOT

# Whole sites of many processes: on a busy machine they take their time.
pytestmark = pytest.mark.timeout(240)

# Ids on the page are of another day.
ID = re.compile(r"\b(evt|stp)_[0-9a-z]+")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dev")


@pytest.fixture(scope="module")
def running(work: Path) -> Iterator[Program]:
    with started("dev", work=work) as program:
        program.hear("Ctrl-C ends it.")
        yield program


def paste(running: Program, line: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line that was printed, or that a page shows."""
    source = next(each for each in running.said.splitlines() if each.startswith(". "))
    return subprocess.run(
        ["sh", "-c", f"{source}\n{line}"], capture_output=True, text=True, check=False, timeout=60
    )


def test_every_line_for_alice_can_be_pasted(running: Program) -> None:
    lines = [line for line in running.said.splitlines() if line.startswith("remit ")]
    assert len(lines) >= 7
    for line in lines:
        done = paste(running, line)
        assert done.returncode == 0, (line, done.stderr)
    for stop in json.loads(paste(running, "remit stops -o json").stdout):
        assert paste(running, f"remit lift {stop['id']} --reason 'tried it'").returncode == 0


def test_every_line_for_ada_is_in_the_tutorial(running: Program) -> None:
    # ... whose commands are run below.
    lines = [
        line.partition("  #")[0] for line in running.said.splitlines() if line.startswith("ada ")
    ]
    assert len(lines) >= 4
    assert not [line for line in lines if f"$ {line}\n" not in tutorial()]


def test_the_configuration_makes_an_mcp_client_ada(running: Program) -> None:
    line = next(each for each in running.said.splitlines() if each.startswith("{"))
    server = json.loads(line)["mcpServers"]["remit"]

    async def list_names() -> set[str]:
        async with Client(stdio_client(StdioServerParameters(**server))) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    names = asyncio.run(list_names())
    assert "open_ticket" in names
    assert "delete_all_tickets" not in names


def test_what_is_published_is_there(running: Program) -> None:
    for url in re.findall(r"^curl -s (http\S+)$", running.said, re.MULTILINE):
        with urllib.request.urlopen(url, timeout=10) as response:
            assert response.read()


def test_the_tutorials_commands_do_what_it_says(running: Program) -> None:
    kept: dict[str, str] = {}
    steps = re.findall(r"^\$ ((?:ada|remit) .*)\n((?:[^$`\n].*\n)*)", tutorial(), re.MULTILINE)
    assert len(steps) >= 10
    for command, shown in steps:
        line = ID.sub(lambda found: kept[found[1]], command)
        done = paste(running, line)
        said = done.stdout + done.stderr
        kept.update((found[1], found[0]) for found in ID.finditer(said))
        assert "Traceback" not in said
        # The page may leave lines out.
        for expected in shown.splitlines():
            if expected != "...":
                assert words(expected) in words(said), (line, said)


def tutorial() -> str:
    return (ROOT / "docs" / "tutorial" / "first-remit.md").read_text("utf-8")


def words(text: str) -> str:
    return " ".join(text.split())


def test_only_this_person_may_read_who_ada_is_to_her_platform(running: Program, work: Path) -> None:
    (place,) = work.iterdir()
    assert place.stat().st_mode & 0o077 == 0
    assert (place / "env").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_it_ends_with_all_that_it_started(short_path: Path, how: signal.Signals, code: int) -> None:
    with started("dev", work=short_path) as program:
        program.hear("Ctrl-C ends it.")
        assert left_running(short_path) != []
        assert program.end(how) == code
    assert left_running(short_path) == []
    assert list(short_path.iterdir()) == []
