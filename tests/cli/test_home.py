from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from remit.cli.home import directory_option


@click.command()
@directory_option
def where(directory: Path) -> None:
    click.echo(directory)


@pytest.mark.parametrize(
    ("arguments", "environment", "found"),
    [
        (["-d", "/a"], {"REMIT_HOME": "/b"}, "/a"),
        (["--directory", "/a"], {}, "/a"),
        ([], {"REMIT_HOME": "/b"}, "/b"),
        ([], {"REMIT_HOME": None, "HOME": "/c"}, "/c/.remit"),
    ],
)
def test_the_state_directory_is_the_nearest_that_is_named(
    arguments: list[str], environment: dict[str, str | None], found: str
) -> None:
    done = CliRunner().invoke(where, arguments, env=environment)
    assert done.stdout == found + "\n"
