"""`remit status`: what the running server says of itself."""

from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.exits import Exit, leave
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one


@click.command("status")
@directory_option
@output_option
def status(directory: Path, output: str) -> None:
    """Show what the running server says of itself; fails where it is not ready."""
    answer = Administration(directory).ask("/v1/status")
    print_one(answer, output)
    if not answer["ready"]:
        leave(Exit.UNAVAILABLE, "not ready")
