"""`remit init` and `remit serve`: a server on one machine."""

import asyncio
import gc
import os
from pathlib import Path

import click
import uvloop

from remit.app.initialise import FirstSettings, initialise
from remit.app.server import run_server
from remit.audit.note import NoteInvalid
from remit.audit.verify import LogDamaged
from remit.cli.exits import Exit, exit_for, leave
from remit.cli.home import directory_option
from remit.kernel.clock import SystemClock
from remit.kernel.entropy import SystemEntropy
from remit.kernel.errors import RemitError
from remit.settings import load_settings
from remit.telemetry.logs import configure
from remit.vault.slots import SlotUnusable


@click.command("init")
@click.option("--human", required=True, help="The first administrator's name, say `alice`.")
@click.option("--uid", type=int, help="The uid that stands for this human.  [default: yours]")
@click.option("--url", "public_url", help="Remit's public URL.  [default: http://127.0.0.1:PORT]")
@click.option("--port", default=8470, show_default=True, help="The port to listen on.")
@click.option(
    "--operations-port", default=8471, show_default=True, help="The port of health and metrics."
)
@directory_option
def init(
    human: str,
    uid: int | None,
    public_url: str | None,
    port: int,
    operations_port: int,
    directory: Path,
) -> None:
    """Make a state directory: keys, database, settings, and one administrator."""
    first = FirstSettings(
        public_url=public_url or f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        operations_port=operations_port,
        uid=os.getuid() if uid is None else uid,
        human=human,
    )
    try:
        settings = asyncio.run(initialise(directory, first, SystemClock(), SystemEntropy()))
        load_settings(directory)
    except RemitError as problem:
        leave(exit_for(problem.status), problem.detail)
    except OSError as problem:
        leave(Exit.INVALID, str(problem))
    click.echo(f"made {settings}")
    click.echo(f"keep elsewhere: {directory / 'audit.vkey'} and a copy of {directory / 'keys'}")
    click.echo(f"next: remit serve -d {directory}")


@click.command("serve")
@directory_option
def serve(directory: Path) -> None:
    """Serve until stopped. Logs go to standard error."""
    try:
        settings = load_settings(directory)
        log = configure(settings.log.level, json=settings.log.format == "json")
        # What was loaded at start lives as long as the process: it is not looked through again.
        gc.set_threshold(20_000, 20, 50)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_server(directory, SystemClock(), SystemEntropy(), log))
    except RemitError as problem:
        leave(_exit_of(problem), problem.detail)
    except OSError as problem:
        leave(Exit.UNAVAILABLE, str(problem))


def _exit_of(problem: RemitError) -> Exit:
    match problem:
        case LogDamaged() | NoteInvalid():
            # As `remit audit verify` ends: somebody must look before anything is served again.
            return Exit.NOT_VERIFIED
        case SlotUnusable():
            return Exit.UNAVAILABLE
        case _:
            return exit_for(problem.status)
