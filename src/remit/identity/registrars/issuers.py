"""The verbs on trust issuers. Registering one gives nobody anything: a binding does.

Retiring one ends what its assertions obtained: the watermark of every agent bound to it is raised.
Replacing one does not, so that a routine change of keys cuts no call: what it vouches for is judged
under the new terms from the next assertion on.
"""

from dataclasses import dataclass, replace

from remit.audit.journal import ControlState
from remit.identity.desk import Desk, load_each, put
from remit.identity.documents.trust import TRUST_ISSUER, decode_issuer, encode_issuer
from remit.identity.naming import verify_name
from remit.identity.records import (
    AgentsSuperseded,
    TrustIssuerRegistered,
    TrustIssuerReplaced,
    TrustIssuerRetired,
)
from remit.identity.trust import JTIPolicy, TrustIssuer
from remit.kernel.canonical import digest_bytes, parse_strict_object
from remit.kernel.errors import Conflict, Malformed
from remit.kernel.ids import HumanId, TenantId, TrustIssuerId, draw_id
from remit.kernel.uri import parse_foreign_issuer
from remit.signals.reason import verify_reason
from remit.signals.targets import agent_target

# RFC 8725 section 3.1: asymmetric signatures alone; an HMAC key that is published is everybody's.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    | {"ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
MAX_LIFETIME_SECONDS = 24 * 3600
MAX_LEEWAY_SECONDS = 30
# Watermarks in one transaction.
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class IssuerTerms:
    """What is demanded of an issuer's assertions, and where its keys come from."""

    inline_jwks: bytes | None
    algorithms: frozenset[str]
    jti_policy: JTIPolicy
    max_lifetime_seconds: int
    leeway_seconds: int
    ca_file: str | None
    allow_private: bool


class IssuerRegistrar:
    """The verbs on trust issuers. `revision` None: whichever it has now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._directory = desk.directory

    def load(self, state: ControlState) -> None:
        load_each(state, TRUST_ISSUER, lambda each: self._directory.put_issuer(decode_issuer(each)))

    async def register(
        self, tenant: TenantId, name: str, url: str, terms: IssuerTerms, *, by: HumanId
    ) -> TrustIssuer:
        """Believe the issuer of this URL (`iss`, exactly) about its own subjects."""
        self._desk.verify_author(tenant, by)
        self._directory.issuers.verify_free(tenant, verify_name(name))
        parse_foreign_issuer(url)
        for other in self._directory.issuers.of(tenant):
            if other.issuer == url and not other.retired:
                raise Conflict(f"{url} is registered as {other.name}")
        issuer = _with_terms(tenant, draw_id(TrustIssuerId, self._desk.entropy), name, url, terms)
        document = encode_issuer(issuer)
        record = TrustIssuerRegistered(
            tenant=tenant,
            issuer=issuer.id,
            name=name,
            url=url,
            by=by,
            digest=digest_bytes(document.body),
        )
        await self._desk.commit(
            record, (put(document),), lambda: self._directory.put_issuer(issuer)
        )
        return issuer

    async def replace(
        self,
        tenant: TenantId,
        issuer: TrustIssuerId,
        terms: IssuerTerms,
        *,
        by: HumanId,
        revision: int | None = None,
    ) -> TrustIssuer:
        """Other terms for the same issuer; its URL is for ever."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, issuer, revision)
        after = replace(
            _with_terms(tenant, issuer, before.name, before.issuer, terms),
            revision=before.revision + 1,
        )
        document = encode_issuer(after)
        record = TrustIssuerReplaced(
            tenant=tenant,
            issuer=issuer,
            revision=after.revision,
            by=by,
            digest=digest_bytes(document.body),
        )
        await self._desk.commit(record, (put(document),), lambda: self._directory.put_issuer(after))
        return after

    async def retire(
        self,
        tenant: TenantId,
        issuer: TrustIssuerId,
        *,
        by: HumanId,
        reason: str,
        revision: int | None = None,
    ) -> TrustIssuer:
        """Believe it no more; tokens of the agents bound to it are dead, and their calls cut."""
        self._desk.verify_author(tenant, by)
        before = self._load_living(tenant, issuer, revision)
        after = replace(before, retired=True, revision=before.revision + 1)
        agents = dict.fromkeys(each.agent for each in self._directory.bindings_of(before))
        targets = [agent_target(tenant, agent) for agent in agents]
        record = TrustIssuerRetired(
            tenant=tenant, issuer=issuer, reason=verify_reason(reason), by=by
        )
        await self._desk.supersede(
            targets[:MOST_AT_ONCE],
            record,
            (put(encode_issuer(after)),),
            lambda: self._directory.put_issuer(after),
        )
        # No new token by now; what is left of a large one follows in transactions of their own.
        for start in range(MOST_AT_ONCE, len(targets), MOST_AT_ONCE):
            several = targets[start : start + MOST_AT_ONCE]
            more = AgentsSuperseded(tenant=tenant, issuer=issuer, agents=len(several), by=by)
            await self._desk.supersede(several, more, (), lambda: None)
        return after

    def _load_living(
        self, tenant: TenantId, issuer: TrustIssuerId, revision: int | None
    ) -> TrustIssuer:
        found = self._directory.issuers.load_at(tenant, issuer, revision)
        if found.retired:
            raise Conflict(f"trust issuer {issuer} is retired")
        return found


def _with_terms(
    tenant: TenantId, issuer: TrustIssuerId, name: str, url: str, terms: IssuerTerms
) -> TrustIssuer:
    _verify_terms(terms)
    return TrustIssuer(
        tenant=tenant,
        id=issuer,
        name=name,
        issuer=url,
        inline_jwks=terms.inline_jwks,
        algorithms=terms.algorithms,
        jti_policy=terms.jti_policy,
        max_lifetime_seconds=terms.max_lifetime_seconds,
        leeway_seconds=terms.leeway_seconds,
        ca_file=terms.ca_file,
        allow_private=terms.allow_private,
        retired=False,
        revision=1,
    )


def _verify_terms(terms: IssuerTerms) -> None:
    if not terms.algorithms or not terms.algorithms <= ALGORITHMS:
        raise Malformed(f"algorithms {sorted(terms.algorithms - ALGORITHMS)} are not believed")
    if not 1 <= terms.max_lifetime_seconds <= MAX_LIFETIME_SECONDS:
        raise Malformed(f"a longest lifetime of {terms.max_lifetime_seconds} seconds")
    if not 0 <= terms.leeway_seconds <= MAX_LEEWAY_SECONDS:
        raise Malformed(f"a leeway of {terms.leeway_seconds} seconds")
    if terms.inline_jwks is not None:
        keys = parse_strict_object(terms.inline_jwks).get("keys")
        if not isinstance(keys, list) or not keys:
            raise Malformed("inline keys that are no JWK set, or an empty one")
