"""Remit: the unit of work. An applied remit is active; what a person suspended stays suspended."""

from datetime import datetime
from functools import partial
from typing import assert_never

from remit.identity.directory import Directory
from remit.kernel.canonical import canonicalize
from remit.kernel.clock import Clock, from_millis, to_millis
from remit.kernel.ids import HumanId, RemitId, TenantId
from remit.kernel.numbers import MAX_EXACT_INTEGER
from remit.manifest.documents import (
    AgentDocument,
    AuthoritySpec,
    ConstraintSpec,
    RemitDocument,
    ToolServerDocument,
)
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
from remit.remits.remit import AtMost, AuthorityEntry, Constraint, OneOf, Remit, RemitState
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
            self._verify_time(declared, document)
            perform = partial(self._create, declared, document)
            return create(declared, _describe(document), perform)
        if found.state in FINAL:
            raise declared.fault(
                ("metadata", "name"), f"is {found.state}; names are given once: take another"
            )
        owner = self._directory.agents.load(self._tenant, found.agent).name
        if owner != document.spec.agent:
            raise declared.fault(("spec", "agent"), f"the remit is {owner}'s")
        before, after = self._as_is(found), self._as_declared(declared, found, document)
        difference = describe_difference(before, after)
        if not difference:
            return unchanged(declared)
        revised = {**before, "state": None} != {**after, "state": None}
        self._verify_time(declared, document)
        return update(
            declared, difference, partial(self._revise, found, declared, document, revised)
        )

    def _check_references(
        self, declared: Declared, document: RemitDocument, references: References
    ) -> None:
        agent = self._directory.agents.find_named(self._tenant, document.spec.agent)
        references.check(declared, ("spec", "agent"), "Agent", document.spec.agent, agent)
        purposes = self._purposes_of(document.spec.agent, references)
        if document.spec.purpose not in purposes:
            said = f"is no purpose of {document.spec.agent}: {', '.join(sorted(purposes))}"
            raise declared.fault(("spec", "purpose"), said)
        for at, entry in enumerate(document.spec.authority):
            self._check_entry(declared, at, entry, references)
        servers = [entry.server for entry in document.spec.authority]
        if len(set(servers)) != len(servers):
            raise declared.fault(("spec", "authority"), "names a tool server twice")

    def _check_entry(
        self, declared: Declared, at: int, entry: AuthoritySpec, references: References
    ) -> None:
        server = self._directory.tool_servers.find_named(self._tenant, entry.server)
        path = ("spec", "authority", at, "server")
        references.check(declared, path, "ToolServer", entry.server, server)
        offered = self._tools_of(entry.server, references)
        for nth, tool in enumerate(entry.tools):
            if tool.name not in offered:
                said = f"{entry.server} has no tool {tool.name!r}"
                raise declared.fault(("spec", "authority", at, "tools", nth, "name"), said)
            for constraint in tool.constraints:
                _constraint(declared, at, constraint)
        if len({tool.name for tool in entry.tools}) != len(entry.tools):
            raise declared.fault(("spec", "authority", at, "tools"), "names a tool twice")

    def _purposes_of(self, agent: str, references: References) -> frozenset[str]:
        """What the agent will be for, once all before this step is done."""
        match references.find("Agent", agent):
            case AgentDocument() as document:
                return frozenset(document.spec.purposes)
            case _:
                return self._directory.agents.load_named(self._tenant, agent).purposes

    def _tools_of(self, server: str, references: References) -> frozenset[str]:
        """What the server will offer, once all before this step is done."""
        match references.find("ToolServer", server):
            case ToolServerDocument() as document:
                return frozenset(tool.name for tool in document.spec.tools)
            case _:
                found = self._directory.tool_servers.load_named(self._tenant, server)
                return frozenset(found.tools)

    def _verify_time(self, declared: Declared, document: RemitDocument) -> None:
        ends = _instant(declared, "expiresAt", document.spec.expires_at)
        if ends <= self._clock.now():
            raise declared.fault(("spec", "expiresAt"), "is over already")
        begins = document.spec.not_before
        if begins is not None and _instant(declared, "notBefore", begins) >= ends:
            raise declared.fault(("spec", "notBefore"), "is not before expiresAt")

    async def _create(self, declared: Declared, document: RemitDocument, by: HumanId) -> None:
        agent = self._directory.agents.load_named(self._tenant, document.spec.agent)
        terms = self._terms(declared, document, self._clock.now())
        remit = await self._remits.create(self._tenant, document.name, agent.id, terms, by=by)
        await self._activate(remit.id, by)

    async def _revise(
        self,
        found: Remit,
        declared: Declared,
        document: RemitDocument,
        revised: bool,
        by: HumanId,
    ) -> None:
        terms = self._terms(declared, document, found.not_before)
        if revised:
            await self._remits.revise(self._tenant, found.id, terms, by=by, reason=_REASON)
        if found.state is RemitState.PROPOSED:
            await self._activate(found.id, by)

    async def _activate(self, remit: RemitId, by: HumanId) -> None:
        step = Lifecycle.ACTIVATE
        await self._remits.step(self._tenant, remit, step, by=by, reason=_REASON)

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
        return AuthorityEntry(server.id, tools, spec.delegation_depth)

    def _as_is(self, remit: Remit) -> dict[str, object]:
        servers = self._directory.tool_servers
        return {
            "state": remit.state.value,
            "purpose": remit.purpose,
            "notBefore": remit.not_before.isoformat(),
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

    def _as_declared(
        self, declared: Declared, found: Remit, document: RemitDocument
    ) -> dict[str, object]:
        spec, state, begins = document.spec, found.state, found.not_before
        if spec.not_before is not None:
            begins = _instant(declared, "notBefore", spec.not_before)
        return {
            # One that is only proposed becomes active; what a person suspended stays suspended.
            "state": (RemitState.ACTIVE if state is RemitState.PROPOSED else state).value,
            "purpose": spec.purpose,
            "notBefore": begins.isoformat(),
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
    """One tool and its constraints in one order, whatever the order they were written in."""
    said = sorted({_say(each) for each in constraints})
    return f"{server}/{tool}" + (f" where {' and '.join(said)}" if said else "")


def _say(constraint: Constraint) -> str:
    match constraint:
        case OneOf(argument, values):
            written = sorted({canonicalize(value).decode() for value in values})
            return f"{argument} in [{', '.join(written)}]"
        case AtMost(argument, maximum):
            return f"{argument} <= {maximum}"
        case unreachable:
            assert_never(unreachable)


def _constraint(declared: Declared, at: int, spec: ConstraintSpec) -> Constraint:
    path = ("spec", "authority", at)
    for value in (*(spec.one_of or ()), spec.at_most):
        if isinstance(value, int) and abs(value) > MAX_EXACT_INTEGER:
            raise declared.fault(path, f"{spec.argument}: {value} is no exact integer in JSON")
    match (spec.one_of, spec.at_most):
        case (tuple() as values, None) if values:
            return OneOf(spec.argument, values)
        case (None, int() as maximum):
            return AtMost(spec.argument, maximum)
        case _:
            raise declared.fault(path, f"{spec.argument}: give exactly one of oneOf and atMost")


def _instant(declared: Declared, member: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise declared.fault(("spec", member), "needs a time zone, say a Z at its end")
        # To the millisecond, as it is stored: else it would differ at every apply.
        return from_millis(to_millis(instant))
    except (ValueError, OverflowError):
        raise declared.fault(("spec", member), "is no RFC 3339 instant") from None


def _describe(document: RemitDocument) -> str:
    tools = ", ".join(
        f"{entry.server}/{tool.name}" for entry in document.spec.authority for tool in entry.tools
    )
    return f"{document.spec.agent} may {tools}"
