"""Everybody and everything that is registered, in memory: what decisions look up.

Retired values stay, so that their names stay taken; each look-up says whether it gives them.
"""

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
        self._bound: dict[tuple[TenantId, TrustIssuerId], dict[BindingId, IdentityBinding]] = {}

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
        return tuple(self._bound.get((issuer.tenant, issuer.id), {}).values())

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
        bound = self._bound.setdefault((binding.tenant, binding.issuer), {})
        if binding.retired:
            bound.pop(binding.id, None)
        else:
            bound[binding.id] = binding
