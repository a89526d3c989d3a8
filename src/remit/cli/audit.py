"""`remit audit` and `remit explain`: what happened, whether the log is whole, and why."""

from pathlib import Path
from typing import Any

import click

from remit.app.reading import open_audit_reader
from remit.audit.note import parse_vkey
from remit.audit.verify import LogDamaged, Trust, Verification
from remit.cli.admin import Administration
from remit.cli.exits import Exit, exit_for, leave
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one, print_rows, printable
from remit.kernel.clock import SystemClock, from_millis
from remit.kernel.errors import RemitError
from remit.kernel.ids import EventId


@click.group("audit")
def audit() -> None:
    """The audit log: read it, verify it, prove a record to somebody else."""


@audit.command("tail")
@click.option("-n", "--count", default=20, show_default=True, help="How many records.")
@click.option("--agent", help="Only records of this agent (its id).")
@click.option("--type", "kind", help="Only records of this type, say call.refused.")
@directory_option
@output_option
def tail(count: int, agent: str | None, kind: str | None, directory: Path, output: str) -> None:
    """Show the newest records."""
    records = Administration(directory).ask("/v1/audit/tail", count=count, agent=agent, type=kind)
    rows = records if output == "json" else [_line(record) for record in records]
    print_rows(rows, ("index", "at", "type", "event", "about"), output)


@audit.command("verify")
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint that was held elsewhere; may be given again.",
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The verifier key, held elsewhere.  [default: audit.vkey in the directory]",
)
@directory_option
@output_option
def verify(checkpoints: tuple[Path, ...], key: Path | None, directory: Path, output: str) -> None:
    """Verify the whole log, offline or while the server runs.

    Without a checkpoint that was held elsewhere, whoever owns this machine could have written all
    of it anew; with one, everything up to it is proved.
    """
    try:
        vkey = parse_vkey((key or directory / "audit.vkey").read_text("utf-8").strip())
        trust = Trust([vkey.key], [path.read_bytes() for path in checkpoints])
        verification = open_audit_reader(directory).verify(trust, SystemClock())
    except LogDamaged as damage:
        leave(Exit.NOT_VERIFIED, f"NOT VERIFIED: {damage.detail}")
    except OSError as problem:
        leave(Exit.INVALID, str(problem))
    except RemitError as problem:
        leave(Exit.NOT_VERIFIED, f"NOT VERIFIED: {problem.detail}")
    print_rows(_describe(verification), ("log", "records", "covered", "tail", "lost"), output)
    if output == "table":
        click.echo("verified; the tail is what no checkpoint held elsewhere covers yet")


@audit.command("prove")
@click.argument("event")
@click.option(
    "--leaf",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the record's exact bytes here.",
)
@directory_option
def prove(event: str, leaf: Path | None, directory: Path) -> None:
    """Print a proof that a record is in the log (C2SP tlog-proof), for whoever has the key."""
    try:
        proved = open_audit_reader(directory).prove(EventId(event))
    except RemitError as problem:
        leave(exit_for(problem.status), problem.detail)
    if leaf is not None:
        leaf.write_bytes(proved.entry.leaf)
    click.echo(proved.proof.decode(), nl=False)


@click.command("explain")
@click.argument("event")
@directory_option
@output_option
def explain(event: str, directory: Path, output: str) -> None:
    """Say why a request was refused, from the event id that the refusal named."""
    answer = Administration(directory).ask("/v1/audit/explain", event=event)
    if output == "table":
        click.echo(printable(answer.pop("explanation")))
        click.echo()
    print_one(answer, output)


_ABOUT = ("agent", "tool_server", "tool", "remit", "error", "code", "reason", "name", "state")


def _line(record: dict[str, Any]) -> dict[str, Any]:
    about = [f"{name}={record[name]}" for name in _ABOUT if record.get(name) is not None]
    return {
        "index": record["index"],
        "at": from_millis(record["at"]).isoformat(timespec="milliseconds"),
        "type": record["type"],
        "event": record["event"],
        "about": " ".join(about),
    }


def _describe(verification: Verification) -> list[dict[str, Any]]:
    return [
        {
            "log": log.head.log,
            "records": log.head.size,
            "covered": log.covered,
            "tail": log.head.size - log.covered,
            "lost": log.lost,
            "root": log.head.root.hex(),
        }
        for log in verification.logs
    ]
