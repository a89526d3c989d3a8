"""`remit agent`: the inventory of agents, and their lifecycle."""

from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one, print_rows

_COLUMNS = ("name", "state", "owner", "system", "environment", "purposes", "id")


@click.group("agent")
def agents() -> None:
    """Agents: who they are, who owns them, whether they may act."""


@agents.command("ls")
@directory_option
@output_option
def list_agents(directory: Path, output: str) -> None:
    """List all agents."""
    print_rows(Administration(directory).ask("/v1/agents/list"), _COLUMNS, output)


@agents.command("show")
@click.argument("name")
@directory_option
@output_option
def show(name: str, directory: Path, output: str) -> None:
    """Show one agent with its identities."""
    print_one(Administration(directory).ask("/v1/agents/show", name=name), output)


def _lifecycle(verb: str, said: str) -> None:
    @agents.command(verb, help=said)
    @click.argument("name")
    @click.option("--reason", required=True, help="Why; it stands in the audit log.")
    @directory_option
    @output_option
    def change(name: str, reason: str, directory: Path, output: str) -> None:
        answer = Administration(directory).ask(f"/v1/agents/{verb}", name=name, reason=reason)
        print_one(answer, output)


_lifecycle("activate", "Let a proposed agent act.")
_lifecycle("suspend", "Suspend an agent: its tokens die at once, its calls are cut.")
_lifecycle("reinstate", "Let a suspended agent act again, with new tokens.")
_lifecycle(
    "quarantine",
    "Keep an agent still, because something is wrong: suspend it before it is reinstated.",
)
_lifecycle("retire", "End an agent for good; its name is never used again.")


@agents.command("transfer")
@click.argument("name")
@click.option("--to", "owner", required=True, help="The human who owns it from now on.")
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
@directory_option
@output_option
def transfer(name: str, owner: str, reason: str, directory: Path, output: str) -> None:
    """Give an agent to another owner; its tokens of before are dead."""
    answer = Administration(directory).ask(
        "/v1/agents/transfer", name=name, owner=owner, reason=reason
    )
    print_one(answer, output)
