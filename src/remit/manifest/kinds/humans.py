"""Human: registered once, and unchanged by manifests."""

from functools import partial

from remit.identity.principals import Human
from remit.identity.registrars.humans import HumanRegistrar
from remit.identity.roll import Roll
from remit.kernel.ids import HumanId, TenantId
from remit.manifest.documents import HumanDocument
from remit.manifest.plan import Step, create, unchanged
from remit.manifest.read import Declared


class Humans:
    """Plans humans."""

    def __init__(
        self, tenant: TenantId, roll: Roll[HumanId, Human], registrar: HumanRegistrar
    ) -> None:
        self._tenant = tenant
        self._roll = roll
        self._registrar = registrar

    def plan(self, declared: Declared, document: HumanDocument) -> Step:
        """The step for one human."""
        found = self._roll.find_named(self._tenant, document.name)
        if found is None:
            return create(declared, document.spec.email or "", partial(self._register, document))
        if found.email != document.spec.email:
            raise declared.fault(("spec", "email"), f"is {found.email or 'none'} in the server")
        return unchanged(declared)

    async def _register(self, document: HumanDocument, by: HumanId) -> None:
        await self._registrar.register(
            self._tenant, document.name, email=document.spec.email, by=by
        )
