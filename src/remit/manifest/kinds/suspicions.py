"""Definitions that a person would approve for what they are not.

A model reads what no person sees: hidden text, and names that only a machine tells apart. Nothing
of that kind is pinned by its name alone; who has looked at the bytes may pin it by its digest.
"""

from collections.abc import Sequence

from remit.kernel.canonical import parse_strict
from remit.manifest.documents import ToolSpec
from remit.manifest.read import Declared
from remit.mcp.tools import (
    Suspicion,
    ToolDefinition,
    find_name_collisions,
    find_suspicions,
)


def verify_plain(declared: Declared, at: int, spec: ToolSpec, definition: ToolDefinition) -> None:
    """Raises ManifestError where the definition has hidden text, and no digest vouches for it."""
    if spec.digest is not None:
        return
    for finding in find_suspicions(parse_strict(definition.canonical)):
        if finding.suspicion is Suspicion.INVISIBLE_TEXT:
            raise declared.fault(
                ("spec", "tools", at, "name"),
                f"its definition has text that nobody sees, at {finding.where!a}; to pin it "
                f"all the same, give its digest: {definition.digest}",
            )


def verify_distinct(declared: Declared, specs: Sequence[ToolSpec]) -> None:
    """Raises ManifestError for two tools that a person or a model takes for one another."""
    by_digest = {spec.name for spec in specs if spec.digest is not None}
    for finding in find_name_collisions(spec.name for spec in specs):
        if not {finding.tool, finding.where} <= by_digest:
            raise declared.fault(
                ("spec", "tools"),
                f"{finding.tool!a} and {finding.where!a} look alike; to pin both all the "
                "same, give the digest of each",
            )
