"""Secret: created from the value that `remit apply` read; replaced only where that is asked for.

Whether a value differs from the stored one is not told: that would be an oracle for guesses.
"""

from collections.abc import Mapping
from functools import partial

from remit.kernel.ids import HumanId, SecretId
from remit.kernel.secret import Secret
from remit.manifest.documents import SecretDocument
from remit.manifest.plan import Step, create, unchanged, update
from remit.manifest.read import Declared
from remit.vault.secrets import Secrets


class SecretPlans:
    """Plans secrets. `values` are by name, and empty for a dry run."""

    def __init__(
        self, secrets: Secrets, values: Mapping[str, Secret[bytes]], *, rotate: bool
    ) -> None:
        self._secrets = secrets
        self._values = values
        self._rotate = rotate

    def plan(self, declared: Declared, document: SecretDocument) -> Step:
        """The step for one secret."""
        found = self._secrets.find_by_name(document.name)
        if found is None:
            return create(declared, "", partial(self._create, declared))
        if self._rotate:
            what = f"version {found.next_number}"
            return update(declared, what, partial(self._add, found.id, declared))
        return unchanged(declared)

    async def _create(self, declared: Declared, by: HumanId) -> None:
        await self._secrets.create(declared.document.name, self._value(declared), by=by)

    async def _add(self, secret: SecretId, declared: Declared, by: HumanId) -> None:
        await self._secrets.add_version(secret, self._value(declared), by=by)

    def _value(self, declared: Declared) -> Secret[bytes]:
        value = self._values.get(declared.document.name)
        if value is None:
            raise declared.fault(("spec", "from"), "no value was handed over")
        return value
