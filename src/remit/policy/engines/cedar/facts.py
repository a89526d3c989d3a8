"""The facts that policies may read as `context.f`, and the context of one request.

A request passes only the facts and arguments that a policy of its slice reads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Final

import msgspec

from remit.kernel.canonical import Json
from remit.policy.argument_types import RecordOf
from remit.policy.arguments import show_record
from remit.policy.request import Facts
from remit.remits.remit import Remit


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its Cedar type, and how it is read off."""

    type: str
    read: Callable[[Remit, Facts], Json]


FACTS: Final[Mapping[str, Fact]] = {
    "remit": Fact("String", lambda remit, _: remit.name),
    "purpose": Fact("String", lambda remit, _: remit.purpose),
    "bound": Fact("Boolean", lambda _, facts: facts.bound),
    "depth": Fact("Long", lambda _, facts: facts.depth),
    # In UTC: a policy about office hours says which hours these are there.
    "hour": Fact("Long", lambda _, facts: facts.at.astimezone(UTC).hour),
    "weekday": Fact("Long", lambda _, facts: facts.at.astimezone(UTC).isoweekday()),
}


@dataclass(frozen=True, slots=True)
class ContextShape:
    """What the context of one slice holds: facts by name, arguments, the lifetime of a token."""

    facts: tuple[str, ...]
    input: RecordOf | None
    lifetime: bool

    def write(
        self, remit: Remit, facts: Facts, arguments: Mapping[str, Json], lifetime: int
    ) -> str:
        """The context in Cedar's JSON. Raises ArgumentsInvalid for what cannot be shown exactly."""
        context: dict[str, Json] = {}
        if self.facts:
            context["f"] = {name: FACTS[name].read(remit, facts) for name in self.facts}
        if self.input is not None:
            context["input"] = show_record(self.input, arguments)
        if self.lifetime:
            context["lifetime"] = lifetime
        return msgspec.json.encode(context).decode()
