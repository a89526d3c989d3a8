"""`remit secret`: values go in, and never come out."""

import sys
from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.exits import Exit, leave
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one, print_rows

_MAX_BYTES = 64 << 10


@click.group("secret")
def secrets() -> None:
    """Secrets for upstreams; no command shows a value."""


@secrets.command("ls")
@directory_option
@output_option
def list_secrets(directory: Path, output: str) -> None:
    """List all secrets: names, owners, versions."""
    rows = Administration(directory).ask("/v1/secrets/list")
    print_rows(rows, ("name", "owner", "current_version", "versions", "id"), output)


@secrets.command("set")
@click.argument("name")
@directory_option
@output_option
def set_secret(name: str, directory: Path, output: str) -> None:
    """Create a secret, or give it a new version; the value is read from standard input."""
    value = _read_value()
    answer = Administration(directory).ask("/v1/secrets/set", name=name, value=value)
    print_one(answer, output)


def _change(verb: str, said: str) -> None:
    @secrets.command(verb, help=said)
    @click.argument("name")
    @click.argument("version", type=int)
    @directory_option
    @output_option
    def change(name: str, version: int, directory: Path, output: str) -> None:
        answer = Administration(directory).ask(f"/v1/secrets/{verb}", name=name, version=version)
        print_one(answer, output)


_change("enable", "Use a version again.")
_change("disable", "Use a version no more, from the next call on.")
_change("destroy", "Destroy a version: nobody can read it ever again.")


def _read_value() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Value", hide_input=True, confirmation_prompt=True))
    try:
        read = sys.stdin.read(_MAX_BYTES + 1)
    except UnicodeDecodeError:
        leave(Exit.INVALID, "a secret is text")
    # Before any of it is left out: what follows an empty line may be more of the value.
    if len(read) > _MAX_BYTES:
        leave(Exit.INVALID, f"a secret has at most {_MAX_BYTES} bytes")
    return read.rstrip("\r\n")
