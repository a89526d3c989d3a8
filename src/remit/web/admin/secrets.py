"""Secrets: values come in here, and no action ever gives one out."""

from functools import partial
from typing import Any

from remit.identity.directory import Directory
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, HumanId
from remit.kernel.secret import Secret
from remit.vault.secrets import Secrets
from remit.vault.stored import StoredSecret, VersionState
from remit.web.admin.action import Action
from remit.web.admin.asked import Named, Nothing


class NewValue(Named, frozen=True, kw_only=True):
    """A secret by name, and its new value."""

    value: str

    def __repr__(self) -> str:
        return f"NewValue({self.name!r})"


class OneVersion(Named, frozen=True, kw_only=True):
    """One version of a secret."""

    version: int


_STATES = {
    "enable": VersionState.ENABLED,
    "disable": VersionState.DISABLED,
    "destroy": VersionState.DESTROYED,
}


class SecretActions:
    """What can be done with secrets."""

    def __init__(self, directory: Directory, secrets: Secrets) -> None:
        self._directory = directory
        self._secrets = secrets

    def actions(self) -> tuple[Action, ...]:
        """The verbs."""
        changes = tuple(
            Action(f"/v1/secrets/{verb}", OneVersion, partial(self._change, state))
            for verb, state in _STATES.items()
        )
        return (
            Action("/v1/secrets/list", Nothing, self._list),
            Action("/v1/secrets/set", NewValue, self._set),
            *changes,
        )

    async def _list(self, by: HumanId, asked: Nothing) -> list[dict[str, Any]]:
        return [self._describe(secret) for secret in self._secrets]

    async def _set(self, by: HumanId, asked: NewValue) -> dict[str, Any]:
        value = secret_value(asked.value)
        found = self._secrets.find_by_name(asked.name)
        if found is None:
            return self._describe(await self._secrets.create(asked.name, value, by=by))
        await self._secrets.add_version(found.id, value, by=by)
        return self._describe(self._secrets.load_secret(found.id))

    async def _change(self, state: VersionState, by: HumanId, asked: OneVersion) -> dict[str, Any]:
        found = self._secrets.load_named(asked.name)
        await self._secrets.change_version(found.id, asked.version, state, by=by)
        return self._describe(self._secrets.load_secret(found.id))

    def _describe(self, secret: StoredSecret) -> dict[str, Any]:
        current = secret.find_current()
        return {
            "name": secret.name,
            "id": secret.id,
            "owner": self._directory.humans.load(ROOT_TENANT, secret.owner).name,
            "current_version": None if current is None else current.number,
            "versions": [f"{version.number} {version.state.value}" for version in secret.versions],
        }


def secret_value(text: str) -> Secret[bytes]:
    """A value as it came over the socket, wrapped at once."""
    try:
        return Secret(text.encode("ascii"))
    except UnicodeEncodeError:
        raise Malformed("a secret for a header is visible ASCII") from None
