"""Remit: the unit of work. An applied remit is active; what a person suspended stays suspended."""

from datetime import UTC, datetime
from functools import partial

from remit.identity.directory import Directory
from remit.kernel.clock import Clock
from remit.kernel.ids import HumanId, TenantId
from remit.manifest.documents import AuthoritySpec, ConstraintSpec, RemitDocument
from remit.manifest.plan import (
    References,
    Step,
    create,
    describe_difference,
    unchanged,
    update,
)
from remit.manifest.read import Declared
from remit.remits.book import RemitBook
from remit.remits.remit import AtMost, AuthorityEntry, Constraint, OneOf, Remit
from remit.remits.remits import Remits
from remit.remits.states import FINAL
from remit.remits.states import Step as Lifecycle
from remit.remits.terms import RemitTerms

_REASON = "applied from a manifest"


class RemitPlans:
    """Plans remits."""

    def __init__(
        self,
        tenant: TenantId,
        directory: Directory,
        book: RemitBook,
        remits: Remits,
        clock: Clock,
    ) -> None:
        self._tenant = tenant
        self._directory = directory
        self._book = book
        self._remits = remits
        self._clock = clock

    def plan(self, declared: Declared, document: RemitDocument, references: References) -> Step:
        """The step for one remit; its authority is exact, and replaced as a whole."""
        self._check_references(declared, document, references)
        found = self._book.find_named(self._tenant, document.name)
        if found is None:
            _instant(declared, "expiresAt", document.spec.expires_at)
            perform = partial(self._create, declared, document)
            return create(declared, _describe(document), perform)
        if found.state in FINAL:
            raise declared.fault(
                ("metadata", "name"), f"is {found.state}; names are given once: take another"
            )
        owner = self._directory.agents.load(self._tenant, found.agent).name
        if owner != document.spec.agent:
            raise declared.fault(("spec", "agent"), f"the remit is {owner}'s")
        difference = describe_difference(self._as_is(found), self._as_declared(declared, document))
        if not difference:
            return unchanged(declared)
        return update(declared, difference, partial(self._revise, found, declared, document))

    def _check_references(
        self, declared: Declared, document: RemitDocument, references: References
    ) -> None:
        agent = self._directory.agents.find_named(self._tenant, document.spec.agent)
        references.check(declared, ("spec", "agent"), "Agent", document.spec.agent, agent)
        for at, entry in enumerate(document.spec.authority):
            server = self._directory.tool_servers.find_named(self._tenant, entry.server)
            path = ("spec", "authority", at, "server")
            references.check(declared, path, "ToolServer", entry.server, server)
            for tool in entry.tools:
                for constraint in tool.constraints:
                    _constraint(declared, at, constraint)

    async def _create(self, declared: Declared, document: RemitDocument, by: HumanId) -> None:
        agent = self._directory.agents.load_named(self._tenant, document.spec.agent)
        terms = self._terms(declared, document, self._clock.now())
        remit = await self._remits.create(self._tenant, document.name, agent.id, terms, by=by)
        await self._remits.step(self._tenant, remit.id, Lifecycle.ACTIVATE, by=by, reason=_REASON)

    async def _revise(
        self, found: Remit, declared: Declared, document: RemitDocument, by: HumanId
    ) -> None:
        terms = self._terms(declared, document, found.not_before)
        await self._remits.revise(self._tenant, found.id, terms, by=by, reason=_REASON)

    def _terms(self, declared: Declared, document: RemitDocument, begins: datetime) -> RemitTerms:
        spec = document.spec
        stated = spec.not_before
        return RemitTerms(
            purpose=spec.purpose,
            authority=tuple(
                self._entry(declared, at, entry) for at, entry in enumerate(spec.authority)
            ),
            not_before=begins if stated is None else _instant(declared, "notBefore", stated),
            expires_at=_instant(declared, "expiresAt", spec.expires_at),
            max_derivations=spec.max_derivations,
        )

    def _entry(self, declared: Declared, at: int, spec: AuthoritySpec) -> AuthorityEntry:
        server = self._directory.tool_servers.load_named(self._tenant, spec.server)
        tools = {
            tool.name: tuple(_constraint(declared, at, each) for each in tool.constraints)
            for tool in spec.tools
        }
        if len(tools) != len(spec.tools):
            raise declared.fault(("spec", "authority", at, "tools"), "names a tool twice")
        return AuthorityEntry(server.id, tools, spec.delegation_depth)

    def _as_is(self, remit: Remit) -> dict[str, object]:
        servers = self._directory.tool_servers
        return {
            "purpose": remit.purpose,
            "expiresAt": remit.expires_at.isoformat(),
            "maxDerivations": remit.max_derivations,
            "authority": frozenset(
                _line(servers.load(self._tenant, entry.tool_server).name, name, constraints)
                for entry in remit.authority
                for name, constraints in entry.tools.items()
            ),
            "delegation": frozenset(
                (servers.load(self._tenant, entry.tool_server).name, entry.delegation_depth)
                for entry in remit.authority
            ),
        }

    def _as_declared(self, declared: Declared, document: RemitDocument) -> dict[str, object]:
        spec = document.spec
        return {
            "purpose": spec.purpose,
            "expiresAt": _instant(declared, "expiresAt", spec.expires_at).isoformat(),
            "maxDerivations": spec.max_derivations,
            "authority": frozenset(
                _line(
                    entry.server,
                    tool.name,
                    tuple(_constraint(declared, at, each) for each in tool.constraints),
                )
                for at, entry in enumerate(spec.authority)
                for tool in entry.tools
            ),
            "delegation": frozenset(
                (entry.server, entry.delegation_depth) for entry in spec.authority
            ),
        }


def _line(server: str, tool: str, constraints: tuple[Constraint, ...]) -> str:
    said = [
        f"{each.argument} in {list(each.values)}"
        if isinstance(each, OneOf)
        else f"{each.argument} <= {each.maximum}"
        for each in constraints
    ]
    return f"{server}/{tool}" + (f" where {' and '.join(said)}" if said else "")


def _constraint(declared: Declared, at: int, spec: ConstraintSpec) -> Constraint:
    match (spec.one_of, spec.at_most):
        case (tuple() as values, None) if values:
            return OneOf(spec.argument, values)
        case (None, int() as maximum):
            return AtMost(spec.argument, maximum)
        case _:
            path = ("spec", "authority", at)
            raise declared.fault(path, f"{spec.argument}: give exactly one of oneOf and atMost")


def _instant(declared: Declared, member: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise declared.fault(("spec", member), "is no RFC 3339 instant") from None
    if instant.tzinfo is None:
        raise declared.fault(("spec", member), "needs a time zone, say a Z at its end")
    return instant.astimezone(UTC)


def _describe(document: RemitDocument) -> str:
    tools = ", ".join(
        f"{entry.server}/{tool.name}" for entry in document.spec.authority for tool in entry.tools
    )
    return f"{document.spec.agent} may {tools}"
