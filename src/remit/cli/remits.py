"""`remit remit`: the units of work, each stoppable by name."""

from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one, print_rows

_COLUMNS = ("name", "agent", "state", "purpose", "expires_at", "tools", "id")


@click.group("remit")
def remits() -> None:
    """Remits: what each agent has been given to do."""


@remits.command("ls")
@directory_option
@output_option
def list_remits(directory: Path, output: str) -> None:
    """List all remits."""
    print_rows(Administration(directory).ask("/v1/remits/list"), _COLUMNS, output)


@remits.command("show")
@click.argument("name")
@directory_option
@output_option
def show(name: str, directory: Path, output: str) -> None:
    """Show one remit with its authority."""
    print_one(Administration(directory).ask("/v1/remits/show", name=name), output)


def _change(verb: str, said: str) -> None:
    @remits.command(verb, help=said)
    @click.argument("name")
    @click.option("--reason", required=True, help="Why; it stands in the audit log.")
    @directory_option
    @output_option
    def change(name: str, reason: str, directory: Path, output: str) -> None:
        answer = Administration(directory).ask(f"/v1/remits/{verb}", name=name, reason=reason)
        print_one(answer, output)


_change("stop", "End a remit for good: no new token, no further call under it.")
_change("suspend", "Suspend a remit: its tokens die at once.")
_change("reinstate", "Let a suspended remit permit again, with new tokens.")
_change("complete", "The work is done: the remit permits nothing any more.")
