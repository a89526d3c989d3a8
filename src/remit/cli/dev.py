"""`remit dev`: the demonstration's site, left running to try things on."""

import json
import shlex
import signal
import sys
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

_AS_ADA = (
    "ada list_tickets '{}'",
    """ada open_ticket '{"title": "Printer on fire", "priority": "normal"}'""",
    """ada open_ticket '{"title": "Wake up", "priority": "urgent"}'  # refused: policy""",
    "ada delete_all_tickets '{}'  # refused: not in her remit",
)
_AS_ALICE = (
    "remit tool ls",
    "remit remit show support-desk",
    "remit audit tail --type call.refused  # then: remit explain EVENT",
    "remit stop agent ada --reason trying",
    "remit stops  # then: remit lift STOP --reason 'tried it'",
    'remit audit verify --checkpoint "$REMIT_HOME/checkpoint"',
)


@click.command("dev")
def dev() -> None:
    """Leave the demonstration's site running, and print commands to try on it.

    For trying things out only: its issuer, keys and state are new each time, and gone after.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="remit-dev-") as name, Children(Path(name)) as kids:
            _show(start_site(Places(find_source(), Path(name), choose_ports()), kids))
            # Whichever signal it is, its handler raises, and the children are ended on the way out.
            while True:
                signal.pause()
    except ChildFailed as problem:
        leave(Exit.FAILED, str(problem))
    except KeyboardInterrupt:
        click.echo("\nended")


def _show(site: DemoSite) -> None:
    places, command = site.places, site.connect()
    server = {"command": command[0], "args": list(command[1:]), "env": dict(site.workload)}
    click.secho("\nDevelopment only: everything here is new, and gone when this ends.", bold=True)
    _show_part("in another terminal, first", f". {_write_environment(site)}")
    _show_part("be the agent ada", *_AS_ADA)
    again = f"remit apply -f {places.work / 'site.yaml'} --dry-run"
    _show_part("be alice, who owns her", *_AS_ALICE, again)
    _show_part("an MCP client's configuration", json.dumps({"mcpServers": {"remit": server}}))
    _show_part(
        "what Remit publishes",
        f"curl -s {places.url}/.well-known/oauth-authorization-server",
        f"curl -s {places.local('OPERATIONS')}/metrics",
    )
    click.echo("\nCtrl-C ends it.")


def _show_part(title: str, *lines: str) -> None:
    click.secho(f"\n# {title}", dim=True)
    for line in lines:
        click.echo(line)


def _write_environment(site: DemoSite) -> Path:
    """A file for a shell: where the state is, who ada is to her platform, and how to be her."""
    places = site.places
    *_, identity = site.connect()
    variables = {
        "REMIT_HOME": str(places.home),
        "REMIT_ASSERTION_COMMAND": identity,
        **site.workload,
    }
    agent = shlex.join([sys.executable, str(places.example / "agent.py"), remit_command()])
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()] + [
        f"export PATH={shlex.quote(str(Path(remit_command()).parent))}:$PATH",
        "ada() {",
        """  printf '{"tool": "%s", "arguments": %s}\\n' "$1" "$2" | """ + agent + " connect",
        "}",
    ]
    file = places.work / "env"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file
