"""Who asks for a token: the holder of a key, vouched for by a registered platform."""

from remit.broker.token_request import TokenRequest
from remit.identity.evidence import AuthenticatedAgent, Confirmation, Unbound
from remit.identity.federation.oidc import AssertionVerifier
from remit.identity.proof.dpop import ProofTarget, ProofVerifier
from remit.kernel.ids import BindingId, TenantId


class Authentication:
    """Steps 1 and 2 of a token request, for one tenant's issuer."""

    def __init__(
        self,
        tenant: TenantId,
        token_endpoint: str,
        proofs: ProofVerifier,
        assertions: AssertionVerifier,
    ) -> None:
        self._tenant = tenant
        self._target = ProofTarget("POST", token_endpoint, None)
        self._proofs = proofs
        self._assertions = assertions

    def confirm(self, unverified_proofs: tuple[str, ...]) -> Confirmation | Unbound:
        """The key that the caller holds, or that it showed none; a bad proof is not none.

        The proof's single use is claimed later, in the transaction that mints.
        """
        if not unverified_proofs:
            return Unbound()
        return self._proofs.verify(unverified_proofs, self._target).confirm(self._tenant)

    async def authenticate(self, request: TokenRequest) -> AuthenticatedAgent:
        """The agent that the assertion speaks for; or InvalidGrant, whatever is wrong."""
        named = None if request.client is None else BindingId(request.client)
        return await self._assertions.verify(
            self._tenant, request.grant.unverified_assertion, named
        )
