"""`remit stop` and `remit lift`: the kill switch, and the separate act of undoing it."""

from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one, print_rows

_KINDS = ("agent", "remit", "tool", "everything")


@click.command("stop")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("name", required=False)
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
@directory_option
@output_option
def stop(kind: str, name: str | None, reason: str, directory: Path, output: str) -> None:
    """Stop an agent, a remit, a tool server (`tool`), or everything.

    When this returns, it is in force: no token, no call, and what was under way is cut.
    """
    if (name is None) != (kind == "everything"):
        raise click.UsageError("give the name of what to stop; `everything` has none")
    answer = Administration(directory).ask("/v1/stops/stop", kind=kind, name=name, reason=reason)
    print_one(answer, output)


@click.command("lift")
@click.argument("stop_id", metavar="STOP")
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
@directory_option
@output_option
def lift(stop_id: str, reason: str, directory: Path, output: str) -> None:
    """Lift one stop; tokens of before stay dead."""
    answer = Administration(directory).ask("/v1/stops/lift", stop=stop_id, reason=reason)
    print_one(answer, output)


@click.command("stops")
@click.option("--all", "lifted", is_flag=True, help="Lifted ones too.")
@directory_option
@output_option
def stops(lifted: bool, directory: Path, output: str) -> None:
    """List the stops in force."""
    rows = Administration(directory).ask("/v1/stops/list", lifted=lifted)
    print_rows(rows, ("id", "kind", "target", "reason", "by", "at", "lifted_at"), output)
