"""Applying manifests: planned whole, then done step by step by the human who asked."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from remit.kernel.ids import HumanId
from remit.kernel.secret import Secret
from remit.manifest.apply import Planners, perform, plan_manifest
from remit.manifest.plan import Step
from remit.manifest.read import read_manifest
from remit.web.admin.action import Action, Asked
from remit.web.admin.secrets import secret_value

MakePlanners: TypeAlias = Callable[[Mapping[str, Secret[bytes]], bool], Planners]


class Source(Asked, frozen=True, kw_only=True):
    """One file: its name, for errors, and its text."""

    name: str
    text: str


class Apply(Asked, frozen=True, kw_only=True):
    """The files, and the values of the secrets that they name (never part of a document)."""

    sources: tuple[Source, ...]
    values: dict[str, str] = msgspec.field(default_factory=dict)
    dry_run: bool = False
    rotate_secrets: bool = False

    def __repr__(self) -> str:
        return f"Apply({[source.name for source in self.sources]})"


class ManifestActions:
    """What can be done with manifests."""

    def __init__(self, make_planners: MakePlanners) -> None:
        self._make_planners = make_planners

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        return (Action("/v1/manifest/apply", Apply, self._apply),)

    async def _apply(self, by: HumanId, asked: Apply) -> list[dict[str, Any]]:
        declared = [
            document
            for source in asked.sources
            for document in read_manifest(source.text, source.name)
        ]
        values = {name: secret_value(value) for name, value in asked.values.items()}
        planners = self._make_planners(values, asked.rotate_secrets)
        steps = await plan_manifest(declared, planners)
        if not asked.dry_run:
            await perform(steps, by=by)
        return [_describe(step) for step in steps]


def _describe(step: Step) -> dict[str, Any]:
    return {
        "change": step.change.value,
        "kind": step.kind,
        "name": step.name,
        "what": step.what,
    }
