"""`remit backup` and `remit restore`: a copy that proves its history, and a life after it."""

import getpass
from pathlib import Path

import click

from remit.app.reading import restore_backup
from remit.audit.note import parse_vkey
from remit.cli.admin import Administration
from remit.cli.exits import Exit, exit_for, leave
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_one
from remit.kernel.errors import RemitError


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@directory_option
@output_option
def backup(target: Path, directory: Path, output: str) -> None:
    """Back the running server up into a new directory TARGET.

    The keys that open the secrets are not in it: keep the `keys` directory elsewhere.
    """
    print_one(Administration(directory).ask("/v1/backup", path=str(target.absolute())), output)


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The verifier key, held elsewhere.  [default: audit.vkey in the directory]",
)
@click.option(
    "--checkpoint",
    "checkpoints",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A checkpoint that was held elsewhere; may be given again.",
)
@directory_option
@output_option
def restore(
    source: Path, key: Path | None, checkpoints: tuple[Path, ...], directory: Path, output: str
) -> None:
    """Restore the backup SOURCE into a state directory that has its settings and keys, no database.

    A new incarnation begins: every token of before is dead, and every remit is suspended until
    somebody reinstates it.
    """
    try:
        vkey = parse_vkey((key or directory / "audit.vkey").read_text("utf-8").strip())
        held = tuple(path.read_bytes() for path in checkpoints)
        restored = restore_backup(source, directory, vkey.key, held, getpass.getuser())
    except OSError as problem:
        leave(Exit.INVALID, str(problem))
    except RemitError as problem:
        leave(exit_for(problem.status), problem.detail)
    print_one(
        {
            "log": restored.log,
            "incarnation": restored.installation.incarnation,
            "remits_suspended": restored.suspended,
        },
        output,
    )
