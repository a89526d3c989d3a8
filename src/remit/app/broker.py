"""Story 1, put together."""

from remit.app.control import Control
from remit.audit.journal import Journal
from remit.audit.refusals import RefusalCounter
from remit.broker.authentication import Authentication
from remit.broker.minting import Minting
from remit.broker.refusals import Refusals
from remit.broker.requested_access import AccessRequests, Audiences
from remit.broker.token_endpoint import TokenEndpoint
from remit.identity.federation.issuer_keys import IssuerKeys
from remit.identity.federation.oidc import AssertionVerifier
from remit.identity.federation.door_fetch import DoorFetch
from remit.identity.proof.dpop import ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.jose.key_cache import KeyCache
from remit.kernel.clock import Clock
from remit.kernel.entropy import Entropy
from remit.kernel.ids import ROOT_TENANT
from remit.outbound.door import Door
from remit.policy.book import PolicyBook
from remit.settings import Settings
from remit.telemetry.logs import Log
from remit.tokens.access_token import AccessTokenIssuer
from remit.tokens.keys import TokenKeys
from remit.web.broker import TOKEN_PATH, BrokerRoutes


def make_broker(
    control: Control,
    journal: Journal,
    token_keys: TokenKeys,
    policies: PolicyBook,
    door: Door,
    nonces: Nonces,
    counter: RefusalCounter,
    settings: Settings,
    clock: Clock,
    entropy: Entropy,
    log: Log,
) -> BrokerRoutes:
    """The token endpoint and what is published beside it."""
    issuer = settings.server.public_url
    audiences = Audiences(issuer, control.directory)
    endpoint = TokenEndpoint(
        authentication=Authentication(
            ROOT_TENANT,
            issuer + TOKEN_PATH,
            ProofVerifier(nonces, clock, keys=KeyCache(), nonce_required=False),
            AssertionVerifier(
                control.directory,
                IssuerKeys(DoorFetch(door), clock),
                clock,
                frozenset({issuer, issuer + TOKEN_PATH}),
            ),
        ),
        access_requests=AccessRequests(
            audiences, control.book, clock, settings.tokens.lifetime_seconds
        ),
        stops=control.stops,
        policies=policies,
        journal=journal,
        minting=Minting(issuer, AccessTokenIssuer(token_keys), entropy),
        refusals=Refusals(journal, counter, log),
    )
    return BrokerRoutes(endpoint, token_keys, nonces, audiences)
