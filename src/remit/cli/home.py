"""Where the state directory is: `--directory`, else REMIT_HOME, else `~/.remit`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def directory_option(command: Command) -> Command:
    """The option that every command on a state directory takes."""
    return click.option(
        "-d",
        "--directory",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="REMIT_HOME",
        default=lambda: Path.home() / ".remit",
        show_default="$REMIT_HOME or ~/.remit",
        help="The state directory.",
    )(command)
