"""TrustIssuer: whose word about workloads is believed."""

from collections.abc import Iterator, Mapping
from functools import partial

from remit.identity.directory import Directory
from remit.identity.registrars.issuers import IssuerRegistrar, IssuerTerms
from remit.identity.trust import JTIPolicy, TrustIssuer
from remit.kernel.canonical import Json, canonicalize, parse_strict
from remit.kernel.errors import Malformed
from remit.kernel.ids import HumanId, TenantId, TrustIssuerId
from remit.manifest.documents import TrustIssuerDocument
from remit.manifest.plan import Step, create, describe_difference, unchanged, update
from remit.manifest.read import Declared

# RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1.
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class Issuers:
    """Plans trust issuers."""

    def __init__(self, tenant: TenantId, directory: Directory, registrar: IssuerRegistrar) -> None:
        self._tenant = tenant
        self._directory = directory
        self._registrar = registrar

    def plan(self, declared: Declared, document: TrustIssuerDocument) -> Step:
        """The step for one issuer; its URL is what it is, and never changes."""
        terms = _terms(declared, document)
        found = self._directory.issuers.find_named(self._tenant, document.name)
        if found is None:
            perform = partial(self._register, document, terms)
            return create(declared, document.spec.issuer, perform)
        if found.retired or found.issuer != document.spec.issuer:
            raise declared.fault(
                ("spec", "issuer"), f"the name belongs to {found.issuer}: give it another"
            )
        difference = describe_difference(_members(_terms_of(found)), _members(terms))
        if not difference:
            return unchanged(declared)
        return update(declared, difference, partial(self._replace, found.id, terms))

    async def _register(
        self, document: TrustIssuerDocument, terms: IssuerTerms, by: HumanId
    ) -> None:
        url = document.spec.issuer
        await self._registrar.register(self._tenant, document.name, url, terms, by=by)

    async def _replace(self, issuer: TrustIssuerId, terms: IssuerTerms, by: HumanId) -> None:
        await self._registrar.replace(self._tenant, issuer, terms, by=by)


def _terms(declared: Declared, document: TrustIssuerDocument) -> IssuerTerms:
    spec = document.spec
    return IssuerTerms(
        inline_jwks=None if spec.jwks is None else _canonical(declared, spec.jwks),
        algorithms=frozenset(spec.algorithms),
        jti_policy=JTIPolicy(spec.jti_policy),
        max_lifetime_seconds=spec.max_lifetime_seconds,
        leeway_seconds=spec.leeway_seconds,
        ca_file=spec.ca_file,
        allow_private=spec.allow_private,
    )


def _canonical(declared: Declared, jwks: str) -> bytes:
    path = ("spec", "jwks")
    try:
        parsed = parse_strict(jwks.encode())
        canonical = canonicalize(parsed)
    except Malformed as problem:
        raise declared.fault(path, problem.detail) from None
    if _PRIVATE.intersection(_members_of_keys(parsed)):
        # It would be stored, shown and backed up as what it claims to be: public.
        raise declared.fault(path, "holds a private or symmetric key; give the public half alone")
    return canonical


def _members_of_keys(jwks: Json) -> Iterator[str]:
    keys = jwks.get("keys") if isinstance(jwks, Mapping) else None
    for key in keys if isinstance(keys, list) else ():
        yield from key if isinstance(key, Mapping) else ()


def _terms_of(issuer: TrustIssuer) -> IssuerTerms:
    return IssuerTerms(
        inline_jwks=issuer.inline_jwks,
        algorithms=issuer.algorithms,
        jti_policy=issuer.jti_policy,
        max_lifetime_seconds=issuer.max_lifetime_seconds,
        leeway_seconds=issuer.leeway_seconds,
        ca_file=issuer.ca_file,
        allow_private=issuer.allow_private,
    )


def _members(terms: IssuerTerms) -> dict[str, object]:
    return {
        "jwks": terms.inline_jwks,
        "algorithms": terms.algorithms,
        "jtiPolicy": terms.jti_policy,
        "maxLifetimeSeconds": terms.max_lifetime_seconds,
        "leewaySeconds": terms.leeway_seconds,
        "caFile": terms.ca_file,
        "allowPrivate": terms.allow_private,
    }
