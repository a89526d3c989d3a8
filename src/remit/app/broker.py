"""Story 1, put together."""

from datetime import timedelta

from remit.app.control import Control
from remit.app.metering import MeteredFetch
from remit.app.surroundings import Surroundings
from remit.broker.authentication import Authentication
from remit.broker.minting import Minting
from remit.broker.refusals import Refusals
from remit.broker.requested_access import AccessRequests, Audiences
from remit.broker.token_endpoint import TokenEndpoint
from remit.identity.federation.door_fetch import DoorFetch
from remit.identity.federation.issuer_keys import IssuerKeys
from remit.identity.federation.oidc import AssertionVerifier
from remit.identity.proof.dpop import ACCEPTANCE_IN, AHEAD_IN, ProofVerifier
from remit.jose.key_cache import KeyCache
from remit.kernel.ids import ROOT_TENANT
from remit.policy.book import PolicyBook
from remit.tokens.access_token import AccessTokenIssuer
from remit.web.broker import TOKEN_PATH, BrokerRoutes

_PROOFS_PASS_FOR = timedelta(seconds=ACCEPTANCE_IN + AHEAD_IN)


def make_broker(control: Control, policies: PolicyBook, around: Surroundings) -> BrokerRoutes:
    """The token endpoint and what is published beside it."""
    issuer, clock = around.settings.server.public_url, around.clock
    keys = IssuerKeys(MeteredFetch(DoorFetch(around.door), around.metrics), clock)
    audience = frozenset({issuer, issuer + TOKEN_PATH})
    audiences = Audiences(issuer, control.directory)
    endpoint = TokenEndpoint(
        authentication=Authentication(
            ROOT_TENANT,
            issuer + TOKEN_PATH,
            ProofVerifier(
                around.nonces, clock, keys=KeyCache(), nonce_required=_is_restored_lately(around)
            ),
            AssertionVerifier(control.directory, keys, clock, audience, around.restored_at),
        ),
        access_requests=AccessRequests(
            audiences, control.book, clock, around.settings.tokens.lifetime_seconds
        ),
        stops=control.stops,
        policies=policies,
        journal=around.journal,
        minting=Minting(issuer, AccessTokenIssuer(around.token_keys), around.entropy),
        refusals=Refusals(around.journal, around.counter, around.log, clock),
    )
    return BrokerRoutes(endpoint, around.token_keys, around.nonces, audiences)


def _is_restored_lately(around: Surroundings) -> bool:
    """Whether a proof that was used after the backup, and before the restore, might still pass.

    The claim on it is lost; a nonce of this process shows that it is new (RFC 9449 section 8).
    """
    restored_at = around.restored_at
    return restored_at is not None and around.clock.now() < restored_at + _PROOFS_PASS_FOR
