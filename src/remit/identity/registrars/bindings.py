"""The verbs on identity bindings: which claims of which issuer are which agent.

A binding's issuer and agent never change, because its id is a `client_id`: another agent is another
binding. Unbinding, and demanding other claims, ends what the agent was given before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from remit.audit.journal import ControlState, RequireDocument
from remit.identity.desk import Desk, load_each, put
from remit.identity.documents.principals import AGENT
from remit.identity.documents.trust import (
    IDENTITY_BINDING,
    TRUST_ISSUER,
    decode_binding,
    encode_binding,
)
from remit.identity.naming import verify_name
from remit.identity.pins import is_pin
from remit.identity.principals import Agent, AgentState
from remit.identity.records import BindingReplaced, SubjectBound, SubjectUnbound
from remit.identity.trust import IdentityBinding, TrustIssuer
from remit.kernel.canonical import digest_bytes
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import AgentId, BindingId, HumanId, TenantId, TrustIssuerId, draw_id
from remit.signals.reason import verify_reason
from remit.signals.targets import agent_target

MAX_CLAIMS = 16
MAX_LENGTH = 512

# Of one assertion, or of all of them: none of these says who a subject is.
_PASSING = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a binding is about: claims of an issuer, compared exactly, and the agent they are."""

    issuer: TrustIssuerId
    claims: Mapping[str, str]
    agent: AgentId


class BindingRegistrar:
    """The verbs on identity bindings. `revision` None: whichever it has now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._directory = desk.directory

    def load(self, state: ControlState) -> None:
        load_each(
            state,
            IDENTITY_BINDING,
            lambda each: self._directory.put_binding(decode_binding(each)),
        )

    async def bind(
        self, tenant: TenantId, name: str, subject: Subject, *, by: HumanId
    ) -> IdentityBinding:
        """Say that these claims are this agent. The issuer and the agent are known and living."""
        self._desk.verify_author(tenant, by)
        self._directory.bindings.verify_free(tenant, verify_name(name))
        issuer, agent = self._load_sides(tenant, subject)
        binding = IdentityBinding(
            tenant=tenant,
            id=draw_id(BindingId, self._desk.entropy),
            name=name,
            issuer=issuer.id,
            agent=agent.id,
            claims=verify_claims(subject.claims),
            retired=False,
            revision=1,
        )
        self._verify_distinct(issuer, binding)
        document = encode_binding(binding)
        record = SubjectBound(
            tenant=tenant,
            binding=binding.id,
            name=name,
            issuer=issuer.id,
            agent=agent.id,
            by=by,
            digest=digest_bytes(document.body),
        )
        changes = (
            put(document),
            RequireDocument(tenant, TRUST_ISSUER, issuer.id, issuer.revision),
            RequireDocument(tenant, AGENT, agent.id, agent.revision),
        )
        await self._desk.commit(record, changes, lambda: self._directory.put_binding(binding))
        return binding

    async def replace(
        self,
        tenant: TenantId,
        binding: BindingId,
        claims: Mapping[str, str],
        *,
        by: HumanId,
        revision: int | None = None,
    ) -> IdentityBinding:
        """Demand other claims of the same agent's subject."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, binding, revision)
        after = replace(before, claims=verify_claims(claims), revision=before.revision + 1)
        self._verify_distinct(self._directory.issuers.load(tenant, before.issuer), after)
        document = encode_binding(after)
        record = BindingReplaced(
            tenant=tenant,
            binding=binding,
            revision=after.revision,
            by=by,
            digest=digest_bytes(document.body),
        )
        await self._desk.supersede(
            (agent_target(tenant, after.agent),),
            record,
            (put(document),),
            lambda: self._directory.put_binding(after),
        )
        return after

    async def unbind(
        self,
        tenant: TenantId,
        binding: BindingId,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> IdentityBinding:
        """These claims are nobody any more."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, binding, revision)
        after = replace(before, retired=True, revision=before.revision + 1)
        record = SubjectUnbound(
            tenant=tenant,
            binding=binding,
            agent=before.agent,
            reason=verify_reason(reason),
            by=by,
        )
        await self._desk.supersede(
            (agent_target(tenant, after.agent),),
            record,
            (put(encode_binding(after)),),
            lambda: self._directory.put_binding(after),
        )
        return after

    def _load_sides(self, tenant: TenantId, subject: Subject) -> tuple[TrustIssuer, Agent]:
        issuer = self._directory.issuers.load(tenant, subject.issuer)
        if issuer.retired:
            raise Conflict(f"trust issuer {issuer.id} is retired")
        agent = self._directory.agents.load(tenant, subject.agent)
        if agent.state is AgentState.RETIRED:
            raise Conflict(f"agent {agent.id} is retired")
        return issuer, agent

    def _load_living(
        self, tenant: TenantId, binding: BindingId, revision: int | None
    ) -> IdentityBinding:
        found = self._directory.bindings.load_at(tenant, binding, revision)
        if found.retired:
            raise Conflict(f"identity binding {binding} is retired")
        return found

    def _verify_distinct(self, issuer: TrustIssuer, binding: IdentityBinding) -> None:
        # Overlapping claims are found when an assertion matches two; equal ones always would.
        for other in self._directory.candidates(issuer, binding.claims.get):
            if other.id != binding.id and other.claims == binding.claims:
                raise Conflict(f"these claims are bound already by {other.name}")


def verify_claims(claims: Mapping[str, str]) -> Mapping[str, str]:
    """The same claims, unchangeable, if they can say who a subject is; raises Malformed."""
    if not 1 <= len(claims) <= MAX_CLAIMS:
        raise Malformed(f"a binding demands between 1 and {MAX_CLAIMS} claims")
    for name, value in claims.items():
        if not (name and value) or len(name) > MAX_LENGTH or len(value) > MAX_LENGTH:
            raise Malformed(f"claim {name[:80]!r} is empty or too long")
        if name in _PASSING:
            raise Malformed(f"claim {name} says nothing about who a subject is")
    # Names are given again by platforms, ids are not: a renamed repository is another subject.
    if not any(is_pin(name) for name in claims):
        raise Malformed("a binding pins `sub`, or an id that the platform never gives twice")
    return MappingProxyType(dict(sorted(claims.items())))
