"""`remit tool`: tool servers, their tools, and whether these still are what was pinned."""

from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one, print_rows


@click.group("tool")
def tools() -> None:
    """Tool servers and their tools."""


@tools.command("ls")
@directory_option
@output_option
def list_tools(directory: Path, output: str) -> None:
    """List all tools of all tool servers."""
    rows = Administration(directory).ask("/v1/tools/list")
    print_rows(rows, ("server", "tool", "risk", "data_classes", "pin", "digest"), output)


@tools.command("show")
@click.argument("server")
@directory_option
@output_option
def show(server: str, directory: Path, output: str) -> None:
    """Show one tool server: where it is, which secret its calls carry, its tools."""
    print_one(Administration(directory).ask("/v1/tools/show", server=server), output)


@tools.command("retire")
@click.argument("server")
@click.option("--reason", required=True, help="Why; it stands in the audit log.")
@directory_option
@output_option
def retire(server: str, reason: str, directory: Path, output: str) -> None:
    """Retire a tool server: nobody reaches it any more."""
    answer = Administration(directory).ask("/v1/tools/retire", server=server, reason=reason)
    print_one(answer, output)
