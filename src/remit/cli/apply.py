"""`remit apply`: bring the server to what the documents say."""

import os
import sys
from pathlib import Path

import click

from remit.cli.admin import Administration
from remit.cli.exits import Exit, leave
from remit.cli.home import directory_option
from remit.cli.output import output_option, print_rows
from remit.manifest.documents import SecretDocument
from remit.manifest.read import Declared, read_manifest
from remit.manifest.yaml import ManifestError

_COLUMNS = ("change", "kind", "name", "what")


@click.command("apply")
@click.option(
    "-f",
    "--file",
    "files",
    type=click.Path(exists=True, allow_dash=True, path_type=str),
    multiple=True,
    required=True,
    help="A YAML file of one or more documents; `-` for standard input. May be given again.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--rotate-secrets", is_flag=True, help="Give secrets that are there a new version.")
@directory_option
@output_option
def apply(
    files: tuple[str, ...], dry_run: bool, rotate_secrets: bool, directory: Path, output: str
) -> None:
    """Apply documents: Human, TrustIssuer, Secret, ToolServer, Agent, Policy, Remit.

    Documents are checked whole before anything changes; what is not named in them stays as it is.
    """
    administration = Administration(directory)
    sources = [{"name": name, "text": _read(name)} for name in files]
    try:
        declared = [
            document
            for source in sources
            for document in read_manifest(source["text"], source["name"])
        ]
        values = {} if dry_run else dict(_values(declared))
    except ManifestError as problem:
        leave(Exit.INVALID, problem.detail)
    rows = administration.ask(
        "/v1/manifest/apply",
        sources=sources,
        values=values,
        dry_run=dry_run,
        rotate_secrets=rotate_secrets,
    )
    print_rows(rows, _COLUMNS, output)


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        leave(Exit.INVALID, f"{name}: {problem}")


def _values(declared: list[Declared]) -> list[tuple[str, str]]:
    """The values of the secrets that the documents name, read where they say."""
    return [
        (each.document.name, _read_value(each, each.document))
        for each in declared
        if isinstance(each.document, SecretDocument)
    ]


def _read_value(declared: Declared, document: SecretDocument) -> str:
    source = document.spec.source
    match (source.file, source.environment):
        case (str() as file, None):
            try:
                return Path(file).read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as problem:
                raise declared.fault(("spec", "from", "file"), str(problem)) from None
        case (None, str() as variable):
            value = os.environ.get(variable)
            if value is None:
                raise declared.fault(("spec", "from", "environment"), f"{variable} is not set")
            return value
        case _:
            raise declared.fault(("spec", "from"), "give exactly one of file and environment")
