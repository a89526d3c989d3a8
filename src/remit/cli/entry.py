"""`remit`: every command in one tree."""

import click

from remit import __version__
from remit.cli.agents import agents
from remit.cli.apply import apply
from remit.cli.audit import audit, explain
from remit.cli.backup import backup, restore
from remit.cli.connect import connect
from remit.cli.remits import remits
from remit.cli.secrets import secrets
from remit.cli.serve import init, serve, status
from remit.cli.stops import lift, stop, stops
from remit.cli.tools import tools


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="remit")
def main() -> None:
    """Identity, short-lived authority and a governed path to every tool, for autonomous agents."""


for command in (
    init,
    serve,
    status,
    apply,
    agents,
    tools,
    remits,
    secrets,
    stop,
    lift,
    stops,
    audit,
    explain,
    backup,
    restore,
    connect,
):
    main.add_command(command)
