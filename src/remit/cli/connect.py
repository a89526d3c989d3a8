"""`remit connect`: what runs beside the agent."""

import asyncio
import shlex
from pathlib import Path

import click

from remit import __version__
from remit.app.agent_side import connect_agent
from remit.cli.exits import Exit, leave
from remit.client.assertion import AssertionSource, CommandAssertion, FileAssertion
from remit.client.exchange import Site
from remit.kernel.errors import Malformed, RemitError
from remit.kernel.uri import parse_issuer


@click.command("connect")
@click.option("--issuer", required=True, envvar="REMIT_ISSUER", help="Remit's URL.")
@click.option(
    "--assertion-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="REMIT_ASSERTION_FILE",
    help="A file in which the platform keeps the agent's identity token fresh.",
)
@click.option(
    "--assertion-command",
    envvar="REMIT_ASSERTION_COMMAND",
    help="A command that prints a new identity token; it is run without a shell.",
)
@click.option("--remit", "remit", envvar="REMIT_NAME", help="The remit to act under, by name.")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False),
    envvar="REMIT_CA_FILE",
    help="The certificates to check Remit's against, instead of the system's.",
)
def connect(
    issuer: str,
    assertion_file: Path | None,
    assertion_command: str | None,
    remit: str | None,
    ca_file: str | None,
) -> None:
    """Be a stdio MCP server in front of all tools that the agent's remit reaches.

    An MCP client starts this as it would start any stdio server. The key that the tokens are bound
    to is made here, and never leaves this process.
    """
    try:
        site = Site(parse_issuer(issuer), ca_file)
    except Malformed as problem:
        leave(Exit.INVALID, f"--issuer: {problem.detail}")
    source = _source(assertion_file, assertion_command)
    try:
        asyncio.run(connect_agent(site, source, remit, __version__))
    except RemitError as problem:
        leave(Exit.FAILED, problem.detail or problem.description)
    except KeyboardInterrupt:
        leave(Exit.OK, "")


def _source(file: Path | None, command: str | None) -> AssertionSource:
    match (file, command):
        case (Path() as path, None):
            return FileAssertion(path)
        case (None, str() as line) if arguments := _split(line):
            return CommandAssertion(arguments)
        case _:
            raise click.UsageError("give exactly one of --assertion-file and --assertion-command")


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as problem:
        raise click.UsageError(f"--assertion-command: {problem}") from None
