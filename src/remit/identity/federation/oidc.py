"""Assertions of any OpenID Connect issuer (RFC 7523 section 3): whose agent is asking for a token.

`AssertionVerifier.verify` answers with an AuthenticatedAgent, or with InvalidGrant: one and the
same for every reason, which is in its detail alone. Platforms with claims of their own get a file
of their own beside this one.
"""

from datetime import datetime, timedelta

from remit.audit.journal import ClaimOnce
from remit.identity.directory import Directory
from remit.identity.evidence import AuthenticatedAgent
from remit.identity.federation.binding import match_binding
from remit.identity.federation.ports import KeySource
from remit.identity.principals import Agent, AgentState
from remit.identity.trust import IdentityBinding, JTIPolicy, TrustIssuer
from remit.jose.claims import (
    SignedClaims,
    Validity,
    audience_claim,
    check_times,
    find_text_claim,
)
from remit.jose.jws import UnverifiedJWT, parse_unverified, verify
from remit.kernel.clock import Clock
from remit.kernel.errors import RemitError
from remit.kernel.ids import BindingId, TenantId
from remit.kernel.oauth import InvalidGrant

MAX_ASSERTION_BYTES = 16 * 1024
MAX_JTI_LENGTH = 256
# The most that an issuer may be given, whatever was registered. One leeway of an issuer is used
# for checking its times and for remembering its `jti`s.
MAX_LEEWAY_IN = 30

# RFC 8725 section 3.11: a JWT that says it is for something else (a proof, a client's
# authentication, an access token, a logout) is not an assertion, whoever signed it.
_TYPES = frozenset({None, "jwt", "application/jwt"})


class AssertionVerifier:
    """Verifies the assertions of all registered issuers.

    `audiences` are this server's issuer identifier and its token endpoint. For grants either will
    do (rfc7523bis section 4), but an assertion must be for one of them and for nobody else: as one
    text or as a list of one. An assertion that others accept too could be passed on to us by them.

    `restored_at` is when the state was restored from a backup, if it was: which assertions were
    used until then, nobody remembers.
    """

    def __init__(
        self,
        directory: Directory,
        keys: KeySource,
        clock: Clock,
        audiences: frozenset[str],
        restored_at: datetime | None = None,
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._clock = clock
        self._audiences = audiences
        self._restored_at = restored_at

    async def verify(
        self, tenant: TenantId, unverified_assertion: str, named: BindingId | None = None
    ) -> AuthenticatedAgent:
        """The agent that this assertion speaks for; `named` is the request's `client_id`, if any.

        Raises InvalidGrant, whatever is wrong.
        """
        try:
            return await self._verify(tenant, unverified_assertion, named)
        except InvalidGrant:
            raise
        except RemitError as refused:
            raise InvalidGrant(refused.detail or str(refused)) from None

    async def _verify(
        self, tenant: TenantId, unverified_assertion: str, named: BindingId | None
    ) -> AuthenticatedAgent:
        unverified = parse_unverified(unverified_assertion, MAX_ASSERTION_BYTES)
        issuer = self._load_issuer(tenant, unverified)
        keys = await self._keys.load(issuer, unverified.header.kid)
        if self._directory.find_issuer(tenant, issuer.issuer) != issuer:
            raise InvalidGrant(f"{issuer.issuer!r} was changed while its keys were fetched")
        claims = verify(unverified, keys, issuer.algorithms)
        self._check_audience(claims)
        validity = check_times(
            claims,
            now=self._clock.now(),
            leeway=_leeway(issuer),
            max_lifetime=timedelta(seconds=issuer.max_lifetime_seconds),
        )
        bindings = self._directory.candidates(issuer, claims.get)
        binding = match_binding(claims, issuer, bindings, named)
        agent = self._load_agent(binding)
        claim = _single_use(claims, issuer, validity)
        if claim is not None:
            self._check_not_from_before(validity, issuer)
        return AuthenticatedAgent(agent, binding, issuer, validity.expires_at, claim)

    def _load_issuer(self, tenant: TenantId, unverified: UnverifiedJWT) -> TrustIssuer:
        stated = unverified.header.typ
        if (None if stated is None else stated.lower()) not in _TYPES:
            raise InvalidGrant(f"an assertion of type {stated!r}")
        name = unverified.unverified_issuer
        if name is None:
            raise InvalidGrant("an assertion without an issuer")
        issuer = self._directory.find_issuer(tenant, name)
        if issuer is None or issuer.retired or (issuer.tenant, issuer.issuer) != (tenant, name):
            raise InvalidGrant(f"{name!r} is not a registered issuer")
        # Before its keys are asked for, so that nobody makes us fetch for nothing.
        if unverified.header.alg not in issuer.algorithms:
            raise InvalidGrant(f"{name!r} does not sign with {unverified.header.alg}")
        return issuer

    def _check_audience(self, claims: SignedClaims) -> None:
        audiences = audience_claim(claims)
        if len(audiences) != 1 or audiences[0] not in self._audiences:
            raise InvalidGrant(f"an assertion for {audiences!r}")

    def _check_not_from_before(self, validity: Validity, issuer: TrustIssuer) -> None:
        # A restore loses the claims made after its backup. An issuer's clock may be ahead of ours.
        issued_at, restored_at = validity.issued_at, self._restored_at
        if restored_at is not None and (
            issued_at is None or issued_at <= restored_at + _leeway(issuer)
        ):
            raise InvalidGrant("an assertion that may have been used before the restore")

    def _load_agent(self, binding: IdentityBinding) -> Agent:
        agent = self._directory.agents.find(binding.tenant, binding.agent)
        if agent is None or agent.tenant != binding.tenant or agent.id != binding.agent:
            raise InvalidGrant(f"binding {binding.id} is for no agent")
        if agent.state is not AgentState.ACTIVE:
            raise InvalidGrant(f"agent {agent.id} is {agent.state}")
        return agent


def _leeway(issuer: TrustIssuer) -> timedelta:
    return timedelta(seconds=max(0, min(issuer.leeway_seconds, MAX_LEEWAY_IN)))


def _single_use(claims: SignedClaims, issuer: TrustIssuer, validity: Validity) -> ClaimOnce | None:
    # A `jti` of the wrong type is refused under every policy: it is no assertion of a sane issuer.
    jti = find_text_claim(claims, "jti")
    if issuer.jti_policy is JTIPolicy.REUSE_ALLOWED:
        return None
    if jti is None:
        if issuer.jti_policy is JTIPolicy.SINGLE_USE_IF_PRESENT:
            return None
        raise InvalidGrant("an assertion without jti")
    if len(jti) > MAX_JTI_LENGTH:
        raise InvalidGrant("an assertion whose jti is too long")
    return ClaimOnce(
        tenant=issuer.tenant,
        space=f"assertion:{issuer.id}",
        key=jti,
        until=validity.expires_at + _leeway(issuer),
    )
