"""The scope of a policy (principal, action, resource): which requests it can apply to at all."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from remit.kernel.canonical import Json

Uid: TypeAlias = tuple[str, str]

AGENT = "Remit::Agent"
ACTION = "Remit::Action"
TOOL = "Remit::Tool"
SERVER = "Remit::Server"
CATALOGUE = "Remit::Catalogue"
HUMAN = "Remit::Human"
TYPES = frozenset({AGENT, ACTION, TOOL, SERVER, CATALOGUE, HUMAN})


@dataclass(frozen=True, slots=True)
class Place:
    """One of the three places of a scope; None: no condition of that sort."""

    kind: str | None = None
    exact: Uid | None = None
    within: frozenset[Uid] | None = None

    def admits(self, uid: Uid, above: AbstractSet[Uid]) -> bool:
        """Whether an entity with these ancestors stands in this place."""
        if self.kind is not None and self.kind != uid[0]:
            return False
        if self.exact is not None and self.exact != uid:
            return False
        return self.within is None or uid in self.within or not self.within.isdisjoint(above)

    def named(self) -> frozenset[Uid]:
        """The entities that it names."""
        exact = frozenset() if self.exact is None else frozenset({self.exact})
        return exact | (self.within or frozenset())

    def types(self) -> frozenset[str]:
        """The entity types that it names."""
        own = frozenset() if self.kind is None else frozenset({self.kind})
        return own | {kind for kind, _ in self.named()}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a policy can apply."""

    principal: Place
    action: Place
    resource: Place

    @property
    def agents(self) -> frozenset[str] | None:
        """The agents that it is about, by name; None: about any."""
        named = self.principal.named()
        if not named:
            return None
        # An agent has no parents: `in` it is being it.
        return frozenset(name for kind, name in named if kind == AGENT)

    def unknown_types(self) -> frozenset[str]:
        """The types that it names and that Remit's schema does not have."""
        named = self.principal.types() | self.action.types() | self.resource.types()
        return named - TYPES


def read_scope(policy: Mapping[str, Json]) -> Scope:
    """The scope in Cedar's JSON of a policy; ValueError for what is none (a template's slot)."""
    return Scope(
        _place(policy.get("principal")),
        _place(policy.get("action")),
        _place(policy.get("resource")),
    )


def _place(node: Json) -> Place:
    match node:
        case {"op": "All"}:
            return Place()
        case {"op": "==", "entity": entity}:
            return Place(exact=_uid(entity))
        case {"op": "in", "entity": entity}:
            return Place(within=frozenset({_uid(entity)}))
        case {"op": "in", "entities": list(entities)}:
            return Place(within=frozenset(_uid(entity) for entity in entities))
        case {"op": "is", "entity_type": str(kind), "in": {"entity": entity}}:
            return Place(kind=kind, within=frozenset({_uid(entity)}))
        case {"op": "is", "entity_type": str(kind), **rest} if "in" not in rest:
            return Place(kind=kind)
        case _:
            raise ValueError("a scope that Remit does not read")


def _uid(node: Json) -> Uid:
    match node:
        case {"type": str(kind), "id": str(name)}:
            return kind, name
        case _:
            raise ValueError("an entity that Remit does not read")
