"""Story 1, put together."""

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
from remit.identity.proof.dpop import ProofVerifier
from remit.jose.key_cache import KeyCache
from remit.kernel.ids import ROOT_TENANT
from remit.policy.book import PolicyBook
from remit.tokens.access_token import AccessTokenIssuer
from remit.web.broker import TOKEN_PATH, BrokerRoutes


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
            ProofVerifier(around.nonces, clock, keys=KeyCache(), nonce_required=False),
            AssertionVerifier(control.directory, keys, clock, audience),
        ),
        access_requests=AccessRequests(
            audiences, control.book, clock, around.settings.tokens.lifetime_seconds
        ),
        stops=control.stops,
        policies=policies,
        journal=around.journal,
        minting=Minting(issuer, AccessTokenIssuer(around.token_keys), around.entropy),
        refusals=Refusals(around.journal, around.counter, around.log),
    )
    return BrokerRoutes(endpoint, around.token_keys, around.nonces, audiences)
