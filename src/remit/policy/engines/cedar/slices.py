"""A slice: the policies that can apply to one target, parsed once, with a schema as lean as they.

A decision is then one call into Cedar with handles. The schema of a slice holds only the facts and
arguments that some policy of the slice reads; that the policies fit the full schema was checked
before. Policies about single agents are kept apart, so that many agents do not make a slice long.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cedarpy

from remit.policy.argument_types import Field, RecordOf
from remit.policy.engine import PoliciesInvalid
from remit.policy.engines.cedar.documents import CedarPolicy
from remit.policy.engines.cedar.facts import FACTS, ContextShape
from remit.policy.engines.cedar.fitting import find_faults
from remit.policy.engines.cedar.reads import Path
from remit.policy.engines.cedar.schema import write_schema
from remit.policy.engines.cedar.target import Target


@dataclass(frozen=True, slots=True)
class PolicyHandle:
    """Policies as Cedar holds them; `ids` and `permits` go by Cedar's own names for them."""

    policies: tuple[CedarPolicy, ...]
    handle: cedarpy.PolicySet
    by_name: Mapping[str, CedarPolicy]


@dataclass(frozen=True, slots=True)
class Slice:
    """What decides about one target."""

    target: Target
    shape: ContextShape
    schema: cedarpy.Schema
    general: PolicyHandle
    about: Mapping[str, tuple[CedarPolicy, ...]]

    def for_agent(self, name: str) -> PolicyHandle:
        """The policies for one agent: the general ones, and those about it."""
        about = self.about.get(name)
        return self.general if about is None else parse((*self.general.policies, *about))


def cut(policies: Iterable[CedarPolicy], target: Target) -> Slice:
    """The slice of a bundle for a target. Raises PoliciesInvalid where the policies do not fit."""
    concerned = [policy for policy in policies if target.concerns(policy)]
    faults = find_faults(target, concerned)
    if faults:
        raise PoliciesInvalid(faults)
    shape = lean_shape(target, concerned)
    about: dict[str, tuple[CedarPolicy, ...]] = {}
    for policy in concerned:
        for name in policy.scope.agents or ():
            about[name] = (*about.get(name, ()), policy)
    return Slice(
        target=target,
        shape=shape,
        schema=cedarpy.Schema.from_json_str(write_schema(target, shape), release_gil=True),
        general=parse([policy for policy in concerned if policy.scope.agents is None]),
        about=about,
    )


def parse(policies: Sequence[CedarPolicy]) -> PolicyHandle:
    """Policies as Cedar holds them."""
    # Parsed together, Cedar calls them by their place: policy0, policy1 (held by a contract test).
    handle = cedarpy.PolicySet.from_str(
        "\n".join(policy.text for policy in policies), release_gil=True
    )
    by_name = {f"policy{number}": policy for number, policy in enumerate(policies)}
    return PolicyHandle(tuple(policies), handle, by_name)


def lean_shape(target: Target, policies: Iterable[CedarPolicy]) -> ContextShape:
    """The least context in which these policies decide as in the full one."""
    paths = {path for policy in policies for path in policy.reads.paths}
    everything = () in paths
    facts = tuple(FACTS) if everything or ("f",) in paths else _second(paths, "f", FACTS)
    lifetime = target.record is None and (everything or ("lifetime",) in paths)
    return ContextShape(facts, _lean_input(target.record, paths), lifetime)


def _lean_input(record: RecordOf | None, paths: set[Path]) -> RecordOf | None:
    if record is None or () in paths or ("input",) in paths:
        return record
    if not any(path[0] == "input" for path in paths):
        return None
    read = _second(paths, "input", record.fields)
    fields: dict[str, Field] = {name: record.fields[name] for name in read}
    return RecordOf(fields, record.open_because)


def _second(paths: set[Path], first: str, known: Iterable[str]) -> tuple[str, ...]:
    # In the order of what is known, so that equal slices write equal contexts.
    read = {path[1] for path in paths if path[0] == first and len(path) > 1}
    return tuple(name for name in known if name in read)
