"""Exit codes, stable for scripts: what went wrong, without reading the words."""

from enum import IntEnum
from typing import NoReturn

import click

from remit.cli.output import printable


class Exit(IntEnum):
    """0 is success, 2 a wrong command line (click's own)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    FORBIDDEN = 3
    NOT_FOUND = 4
    CONFLICT = 5
    INVALID = 6
    UNAVAILABLE = 7
    NOT_VERIFIED = 8


_BY_STATUS = {
    400: Exit.INVALID,
    403: Exit.FORBIDDEN,
    404: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    413: Exit.INVALID,
    503: Exit.UNAVAILABLE,
}


def exit_for(status: int) -> Exit:
    """The exit code for an HTTP status of the administration API."""
    return _BY_STATUS.get(status, Exit.FAILED)


def leave(code: Exit, said: str) -> NoReturn:
    """End the command with a word on standard error."""
    click.echo(printable(said), err=True)
    raise SystemExit(int(code))
