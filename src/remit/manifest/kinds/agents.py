"""Agent: who it is, whose it is, and the identities that are it.

An applied agent is active; a suspended one stays suspended, whatever a document says.
"""

from collections.abc import Mapping
from functools import partial

from remit.identity.directory import Directory
from remit.identity.lifecycle import Step as Lifecycle
from remit.identity.principals import Agent, AgentState
from remit.identity.registrars.agents import AgentRegistrar, AgentTerms
from remit.identity.registrars.bindings import BindingRegistrar, Subject
from remit.identity.trust import IdentityBinding
from remit.kernel.errors import Conflict
from remit.kernel.ids import AgentId, HumanId, TenantId
from remit.manifest.documents import AgentDocument, IdentitySpec
from remit.manifest.plan import (
    References,
    Step,
    create,
    describe_difference,
    unchanged,
    update,
)
from remit.manifest.read import Declared

_REASON = "applied from a manifest"


class Agents:
    """Plans agents and their bindings."""

    def __init__(
        self,
        tenant: TenantId,
        directory: Directory,
        registrar: AgentRegistrar,
        bindings: BindingRegistrar,
    ) -> None:
        self._tenant = tenant
        self._directory = directory
        self._registrar = registrar
        self._bindings = bindings

    def plan(self, declared: Declared, document: AgentDocument, references: References) -> Step:
        """The step for one agent, its identities included."""
        self._check_references(declared, document, references)
        found = self._directory.agents.find_named(self._tenant, document.name)
        if found is None:
            return create(declared, f"owner {document.spec.owner}", partial(self._make, document))
        if found.state is AgentState.RETIRED:
            raise declared.fault(("metadata", "name"), "is retired; names are given once")
        difference = describe_difference(self._as_is(found), self._as_declared(found, document))
        if not difference:
            return unchanged(declared)
        return update(declared, difference, partial(self._change, found, document))

    def _check_references(
        self, declared: Declared, document: AgentDocument, references: References
    ) -> None:
        owner = self._directory.humans.find_named(self._tenant, document.spec.owner)
        references.check(declared, ("spec", "owner"), "Human", document.spec.owner, owner)
        for at, identity in enumerate(document.spec.identities):
            issuer = self._directory.issuers.find_named(self._tenant, identity.issuer)
            path = ("spec", "identities", at, "issuer")
            references.check(declared, path, "TrustIssuer", identity.issuer, issuer)
            self._check_binding(declared, at, identity)
        names = [identity.name for identity in document.spec.identities]
        if len(set(names)) != len(names):
            raise declared.fault(("spec", "identities"), "two identities have the same name")

    def _check_binding(self, declared: Declared, at: int, identity: IdentitySpec) -> None:
        """A binding's agent and issuer never change, and its name is given once."""
        bound = self._directory.bindings.find_named(self._tenant, identity.name)
        if bound is None:
            return
        name, issuer = ("spec", "identities", at, "name"), ("spec", "identities", at, "issuer")
        if self._name_of(bound.agent) != declared.document.name:
            raise declared.fault(name, "this identity is another agent's")
        if bound.retired:
            raise declared.fault(name, "this identity was removed: take another name for it")
        if self._issuer_of(bound) != identity.issuer:
            said = f"this identity is one of {self._issuer_of(bound)}: take another name for it"
            raise declared.fault(issuer, said)

    async def _make(self, document: AgentDocument, by: HumanId) -> None:
        owner = self._directory.humans.load_named(self._tenant, document.spec.owner).id
        agent = await self._registrar.register(
            self._tenant, document.name, _terms(document), owner=owner, by=by
        )
        await self._activate(agent.id, by)
        await self._bind(agent.id, document, by)

    async def _activate(self, agent: AgentId, by: HumanId) -> None:
        step = Lifecycle.ACTIVATE
        await self._registrar.step(self._tenant, agent, step, by=by, reason=_REASON)

    async def _change(self, found: Agent, document: AgentDocument, by: HumanId) -> None:
        owner = self._directory.humans.load_named(self._tenant, document.spec.owner).id
        if owner != found.owner:
            await self._registrar.transfer(self._tenant, found.id, owner, by=by, reason=_REASON)
        if _terms(document) != _terms_of(found):
            await self._registrar.amend(self._tenant, found.id, _terms(document), by=by)
        if found.state is AgentState.PROPOSED:
            await self._activate(found.id, by)
        await self._bind(found.id, document, by)

    async def _bind(self, agent: AgentId, document: AgentDocument, by: HumanId) -> None:
        wanted = {identity.name: identity for identity in document.spec.identities}
        for name, identity in wanted.items():
            await self._bind_one(agent, name, identity, by)
        for binding in self._directory.bindings.of(self._tenant):
            if binding.agent == agent and not binding.retired and binding.name not in wanted:
                await self._bindings.unbind(self._tenant, binding.id, by=by, reason=_REASON)

    async def _bind_one(
        self, agent: AgentId, name: str, identity: IdentitySpec, by: HumanId
    ) -> None:
        found = self._directory.bindings.find_named(self._tenant, name)
        issuer = self._directory.issuers.load_named(self._tenant, identity.issuer).id
        if found is None:
            subject = Subject(issuer, identity.claims, agent)
            await self._bindings.bind(self._tenant, name, subject, by=by)
        elif found.agent != agent or found.retired:
            raise Conflict(f"the identity {name!r} is another agent's, or was unbound")
        elif found.claims != identity.claims:
            await self._bindings.replace(self._tenant, found.id, identity.claims, by=by)

    def _as_is(self, agent: Agent) -> dict[str, object]:
        return {
            "owner": self._directory.humans.load(self._tenant, agent.owner).name,
            "system": agent.system,
            "purposes": agent.purposes,
            "environment": agent.environment,
            "identities": frozenset(
                _describe_identity(each.name, self._issuer_of(each), each.claims)
                for each in self._directory.bindings.of(self._tenant)
                if each.agent == agent.id and not each.retired
            ),
            # One that is only proposed becomes active; what a person suspended stays suspended.
            "state": agent.state.value,
        }

    def _as_declared(self, agent: Agent, document: AgentDocument) -> dict[str, object]:
        spec, state = document.spec, agent.state
        return {
            "owner": spec.owner,
            "system": spec.system,
            "purposes": frozenset(spec.purposes),
            "environment": spec.environment,
            "identities": frozenset(
                _describe_identity(each.name, each.issuer, each.claims) for each in spec.identities
            ),
            "state": (AgentState.ACTIVE if state is AgentState.PROPOSED else state).value,
        }

    def _name_of(self, agent: AgentId) -> str:
        return self._directory.agents.load(self._tenant, agent).name

    def _issuer_of(self, binding: IdentityBinding) -> str:
        return self._directory.issuers.load(self._tenant, binding.issuer).name


def _terms(document: AgentDocument) -> AgentTerms:
    spec = document.spec
    return AgentTerms(spec.system, frozenset(spec.purposes), spec.environment)


def _terms_of(agent: Agent) -> AgentTerms:
    return AgentTerms(agent.system, agent.purposes, agent.environment)


def _describe_identity(name: str, issuer: str, claims: Mapping[str, str]) -> str:
    said = " ".join(f"{claim}={value!r}" for claim, value in sorted(claims.items()))
    return f"{name} ({issuer}: {said})"
