"""Registering humans: who owns, administers and approves. The first of a tenant needs nobody."""

from remit.audit.journal import ControlState
from remit.identity.desk import Desk, load_each, put
from remit.identity.documents.principals import HUMAN, decode_human, encode_human
from remit.identity.naming import verify_name
from remit.identity.principals import Human
from remit.identity.records import HumanRegistered
from remit.kernel.canonical import digest_bytes
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import HumanId, TenantId, draw_id

MAX_EMAIL_LENGTH = 254


class HumanRegistrar:
    """The verbs on humans."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._humans = desk.directory.humans

    def load(self, state: ControlState) -> None:
        load_each(state, HUMAN, lambda document: self._keep(decode_human(document)))

    async def register(
        self, tenant: TenantId, name: str, *, email: str | None = None, by: HumanId
    ) -> Human:
        """A new human, made known by another one."""
        self._desk.verify_author(tenant, by)
        return await self._register(tenant, name, email, by)

    async def register_first(
        self, tenant: TenantId, name: str, *, email: str | None = None
    ) -> Human:
        """The first human of a tenant, who stands in the record as its own author."""
        if not self._humans.is_empty(tenant):
            raise Conflict(f"{tenant} has humans already: one of them must register others")
        return await self._register(tenant, name, email, None)

    async def _register(
        self, tenant: TenantId, name: str, email: str | None, by: HumanId | None
    ) -> Human:
        self._humans.verify_free(tenant, verify_name(name))
        human = Human(
            tenant=tenant,
            id=draw_id(HumanId, self._desk.entropy),
            name=name,
            email=_verify_email(email),
            revision=1,
        )
        document = encode_human(human)
        record = HumanRegistered(
            tenant=tenant,
            human=human.id,
            name=name,
            by=human.id if by is None else by,
            digest=digest_bytes(document.body),
        )
        await self._desk.commit(record, (put(document),), lambda: self._keep(human))
        return human

    def _keep(self, human: Human) -> None:
        self._humans.put(human.id, human)


def _verify_email(email: str | None) -> str | None:
    # Only what would break a line or a list: an address is proved by a mail, not by a pattern.
    if email is None:
        return None
    local, at, domain = email.rpartition("@")
    if not (local and at and domain) or len(email) > MAX_EMAIL_LENGTH:
        raise Malformed("not an email address")
    if not email.isprintable() or any(each in email for each in ' ,;<>"'):
        raise Malformed("an email address with characters that separate addresses")
    return email
