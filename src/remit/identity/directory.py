"""Everybody and everything that is registered, in memory: what decisions look up.

Retired values stay, so that their names stay taken; each look-up says whether it gives them.
"""

from collections.abc import Callable

from remit.identity.pins import PinnedBindings
from remit.identity.principals import Agent, Human
from remit.identity.roll import Roll
from remit.identity.tools import ToolServer
from remit.identity.trust import IdentityBinding, TrustIssuer
from remit.kernel.ids import AgentId, BindingId, HumanId, TenantId, ToolServerId, TrustIssuerId


class Directory:
    """The rolls of all tenants. Only the registry puts values in."""

    def __init__(self) -> None:
        self.humans: Roll[HumanId, Human] = Roll("human")
        self.agents: Roll[AgentId, Agent] = Roll("agent")
        self.tool_servers: Roll[ToolServerId, ToolServer] = Roll("tool server")
        self.issuers: Roll[TrustIssuerId, TrustIssuer] = Roll("trust issuer")
        self.bindings: Roll[BindingId, IdentityBinding] = Roll("identity binding")
        self._believed: dict[tuple[TenantId, str], dict[TrustIssuerId, TrustIssuer]] = {}
        self._bound: dict[tuple[TenantId, TrustIssuerId], PinnedBindings] = {}

    def find_issuer(self, tenant: TenantId, url: str) -> TrustIssuer | None:
        """The issuer believed under this URL (`iss`), compared exactly; never a retired one.

        Where two were registered at the same moment nobody is believed, until one is retired.
        """
        believed = self._believed.get((tenant, url))
        if believed is None or len(believed) != 1:
            return None
        return next(iter(believed.values()))

    def bindings_of(self, issuer: TrustIssuer) -> tuple[IdentityBinding, ...]:
        """The live bindings of an issuer's subjects, in order of creation."""
        bound = self._bound.get((issuer.tenant, issuer.id))
        return () if bound is None else bound.all()

    def candidates(
        self, issuer: TrustIssuer, claim: Callable[[str], object]
    ) -> tuple[IdentityBinding, ...]:
        """Those of them that an assertion may match, where `claim` gives its claims by name.

        All that it does match are among these; each must still be compared in full.
        """
        bound = self._bound.get((issuer.tenant, issuer.id))
        return () if bound is None else bound.candidates(claim)

    def put_issuer(self, issuer: TrustIssuer) -> None:
        """Enrol or replace an issuer; its URL never changes."""
        self.issuers.put(issuer.id, issuer)
        believed = self._believed.setdefault((issuer.tenant, issuer.issuer), {})
        if issuer.retired:
            believed.pop(issuer.id, None)
        else:
            believed[issuer.id] = issuer

    def put_binding(self, binding: IdentityBinding) -> None:
        """Enrol or replace a binding; its issuer never changes."""
        self.bindings.put(binding.id, binding)
        self._bound.setdefault((binding.tenant, binding.issuer), PinnedBindings()).put(binding)
