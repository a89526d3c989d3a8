import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from remit import __version__
from remit.cli import entry
from remit.cli.entry import main
from tests.structure.source import ROOT


def leaves(group: click.Group, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        path = (*above, name)
        found.extend(leaves(command, path) if isinstance(command, click.Group) else [path])
    return found


@pytest.mark.parametrize("command", leaves(main), ids=" ".join)
def test_each_command_says_what_it_does(command: tuple[str, ...]) -> None:
    said = CliRunner().invoke(main, [*command, "-h"])
    assert said.exit_code == 0
    words = said.stdout.partition("\n\n")[2].partition("Options:")[0]
    assert len(words.split()) >= 3


@pytest.mark.parametrize("command", leaves(main), ids=" ".join)
def test_no_command_takes_what_it_does_not_know(command: tuple[str, ...]) -> None:
    assert CliRunner().invoke(main, [*command, "--no-such-option"]).exit_code == 2


def test_all_commands_are_listed_with_their_words() -> None:
    listed = CliRunner().invoke(main, ["--help"]).stdout.partition("Commands:")[2]
    rows = [line.split(maxsplit=1) for line in listed.strip().splitlines() if line[2] != " "]
    assert [row[0] for row in rows] == sorted(entry._COMMANDS)
    assert all(len(row) == 2 for row in rows)


def test_an_unknown_command_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(main, ["no-such-command"]).exit_code == 2


def test_what_is_no_command_cannot_be_put_in_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(entry._COMMANDS, "wrong", "remit.cli.exits:exit_for")
    outcome = CliRunner().invoke(main, ["wrong"])
    assert isinstance(outcome.exception, TypeError)


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"remit, version {__version__}\n"


def test_a_stop_loads_nothing_that_only_a_server_needs() -> None:
    program = (
        "import sys\n"
        "from remit.cli.entry import main\n"
        "main(['stop', '--help'], standalone_mode=False)\n"
        "heavy = {'cedarpy', 'uvicorn', 'uvloop', 'mcp', 'joserfc', 'cryptography', 'ruamel'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"
