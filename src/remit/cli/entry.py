"""`remit`: every command in one tree, each loaded when it is asked for.

A stop must not wait for what only a server needs: the kill switch starts as fast as it can.
"""

from importlib import import_module

import click

from remit import __version__

_COMMANDS = {
    "agent": "remit.cli.agents:agents",
    "apply": "remit.cli.apply:apply",
    "audit": "remit.cli.audit:audit",
    "backup": "remit.cli.backup:backup",
    "connect": "remit.cli.connect:connect",
    "demo": "remit.cli.demo:demo",
    "dev": "remit.cli.dev:dev",
    "explain": "remit.cli.audit:explain",
    "init": "remit.cli.serve:init",
    "lift": "remit.cli.stops:lift",
    "remit": "remit.cli.remits:remits",
    "restore": "remit.cli.backup:restore",
    "secret": "remit.cli.secrets:secrets",
    "serve": "remit.cli.serve:serve",
    "status": "remit.cli.status:status",
    "stop": "remit.cli.stops:stop",
    "stops": "remit.cli.stops:stops",
    "tool": "remit.cli.tools:tools",
}


class Commands(click.Group):
    """The commands of `_COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{place} is no command")
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="remit")
def main() -> None:
    """Identity, short-lived authority and a governed path to every tool, for autonomous agents."""
