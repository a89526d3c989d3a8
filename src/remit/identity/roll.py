"""A roll: the values of one kind in memory, by id and by name, each tenant's apart.

Values are immutable; replacing one costs the same however many there are.
"""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from remit.kernel.errors import Conflict, NotFound
from remit.kernel.ids import TenantId


class Enrolled(Protocol):
    """What a roll can keep."""

    @property
    def tenant(self) -> TenantId: ...
    @property
    def name(self) -> str: ...
    @property
    def revision(self) -> int: ...


V = TypeVar("V", bound=Enrolled)
K = TypeVar("K", bound=str)


class Roll(Generic[K, V]):
    """Values of one kind (`what` says it in errors). A name is never given to a second id."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._by_id: dict[TenantId, dict[K, V]] = {}
        self._ids: dict[tuple[TenantId, str], K] = {}

    def find(self, tenant: TenantId, key: K) -> V | None:
        """The value of an id."""
        of_tenant = self._by_id.get(tenant)
        return None if of_tenant is None else of_tenant.get(key)

    def load(self, tenant: TenantId, key: K) -> V:
        """The value of an id; raises NotFound."""
        found = self.find(tenant, key)
        if found is None:
            raise NotFound(f"no {self._what} {key} in {tenant}")
        return found

    def find_named(self, tenant: TenantId, name: str) -> V | None:
        """The value of a name."""
        key = self._ids.get((tenant, name))
        return None if key is None else self._by_id[tenant][key]

    def load_named(self, tenant: TenantId, name: str) -> V:
        """The value of a name; raises NotFound."""
        found = self.find_named(tenant, name)
        if found is None:
            raise NotFound(f"no {self._what} named {name!r} in {tenant}")
        return found

    def load_at(self, tenant: TenantId, key: K, revision: int | None) -> V:
        """The value of an id, if it still has this revision (None: whichever); else Conflict."""
        found = self.load(tenant, key)
        if revision is not None and found.revision != revision:
            raise Conflict(f"{self._what} {key} is at revision {found.revision}, not {revision}")
        return found

    def verify_free(self, tenant: TenantId, name: str) -> str:
        """The same name, if nothing of this kind ever had it; else Conflict."""
        if (tenant, name) in self._ids:
            raise Conflict(f"the name {name!r} belongs to {self._ids[tenant, name]}, for ever")
        return name

    def of(self, tenant: TenantId) -> Iterator[V]:
        """All values of a tenant, in order of creation; a snapshot, so that changes do no harm."""
        return iter(tuple(self._by_id.get(tenant, {}).values()))

    def is_empty(self, tenant: TenantId) -> bool:
        return not self._by_id.get(tenant)

    def put(self, key: K, value: V) -> None:
        """Enrol a value, or replace it. For the verbs that have committed it, and for loading."""
        self._by_id.setdefault(value.tenant, {})[key] = value
        self._ids[value.tenant, value.name] = key
