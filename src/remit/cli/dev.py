"""`remit dev`: the demonstration's site, left running to try things on."""

import json
import signal
import tempfile
from pathlib import Path

import click

from remit.cli.demonstration.children import ChildFailed, Children
from remit.cli.demonstration.site import (
    DemoSite,
    Places,
    choose_ports,
    find_source,
    remit_command,
    start_site,
)
from remit.cli.exits import Exit, leave


@click.command("dev")
def dev() -> None:
    """Leave the demonstration's site running, and print commands to try on it.

    For trying things out only: its issuer, keys and state are new each time, and gone after.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="remit-dev-") as name, Children(Path(name)) as kids:
            places = Places(find_source(), Path(name), choose_ports())
            _show(start_site(places, kids))
            # Whichever signal it is, its handler raises, and the children are ended on the way out.
            while True:
                signal.pause()
    except ChildFailed as problem:
        leave(Exit.FAILED, str(problem))
    except KeyboardInterrupt:
        click.echo("\nended")


def _show(site: DemoSite) -> None:
    places, command = site.places, site.connect()
    home = f"-d {places.home}"
    server = {"command": command[0], "args": list(command[1:]), "env": dict(site.workload)}
    click.secho("\nDevelopment only: everything here is new, and gone when this ends.", bold=True)
    click.echo(f"\n# Remit\n{places.url}/.well-known/oauth-authorization-server")
    click.echo(f"{places.local('OPERATIONS')}/metrics")
    click.echo("\n# for an MCP client's configuration: be the agent `ada`")
    click.echo(json.dumps({"mcpServers": {"remit": server}}, indent=2))
    click.echo("\n# as alice")
    for line in (
        f"remit tool ls {home}",
        f"remit remit show support-desk {home}",
        f"remit audit tail {home}",
        f"remit stop agent ada --reason trying {home}",
        f"remit stops {home}",
        f"remit apply -f {places.work / 'site.yaml'} --dry-run {home}",
        f"remit audit verify --checkpoint {places.home / 'checkpoint'} {home}",
    ):
        click.echo(f"{remit_command()} {line.removeprefix('remit ')}")
    click.echo("\nCtrl-C ends it.")
