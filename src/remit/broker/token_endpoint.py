"""Story 1: a token request, from the form to the signed token.

Every way to a token passes here, and the same stops (DESIGN.md section 5, law 5). RFC 6749, 7523,
8707, 9068, 9449.
"""

from remit.audit.journal import Change, Journal, RequireDocument
from remit.broker.authentication import Authentication
from remit.broker.form import parse_form
from remit.broker.minting import Minting, TokenResponse
from remit.broker.refusals import Refusals
from remit.broker.requested_access import AccessRequests, path_of
from remit.broker.token_request import IncomingTokenRequest, parse_token_request
from remit.identity.evidence import AuthenticatedAgent, Confirmation, Unbound
from remit.policy.authorize import authorize_mint
from remit.policy.book import PolicyBook
from remit.policy.permits import MintPermit
from remit.remits.book import KIND as REMIT_KIND
from remit.remits.remits import count_derivation
from remit.signals.stops import Stops, watermarks_of


class TokenEndpoint:
    """The token endpoint; `issue` is the story."""

    def __init__(
        self,
        authentication: Authentication,
        access_requests: AccessRequests,
        stops: Stops,
        policies: PolicyBook,
        journal: Journal,
        minting: Minting,
        refusals: Refusals,
    ) -> None:
        self._authentication = authentication
        self._access_requests = access_requests
        self._stops = stops
        self._policies = policies
        self._journal = journal
        self._minting = minting
        self._refusals = refusals

    async def issue(self, incoming: IncomingTokenRequest) -> TokenResponse:
        """Answer one token request, or raise the OAuth error that refuses it.

        0 parse the form -> TokenRequest
        1 proof of possession -> Confirmation
        2 authenticate by the grant's own assertion -> AuthenticatedAgent
        3 stops -> Clearance
        4 what is asked, under which remit -> MintRequest
        5 authorize, narrowed to the remit -> MintPermit
        6 one transaction: claims, epochs, the remit's state, the count, the record -> Receipt
        7 sign -> AccessToken
        """
        with self._refusals.of_nobody():
            # 0
            form = parse_form(incoming.content_types, incoming.body)
            request = parse_token_request(form, incoming.authorizations)
            # 1
            confirmation = self._authentication.confirm(incoming.proofs)
            # 2
            authenticated = await self._authentication.authenticate(request)
        with self._refusals.of_agent(authenticated, request.resource):
            # 3
            self._stops.clear(authenticated.agent.tenant, path_of(authenticated.agent))
            # 4
            asked = self._access_requests.find(request, authenticated, confirmation)
            # 5
            clearance = self._stops.clear(asked.agent.tenant, path_of(asked.agent, asked))
            permit = authorize_mint(asked, clearance, self._policies.engine)
            # 6
            claims = self._minting.prepare(permit, authenticated, confirmation)
            changes = _conditions(permit, authenticated, confirmation)
            record = self._minting.record(claims, permit, authenticated)
            receipt = await self._journal.commit(record, changes)
            # 7
            return self._minting.sign(permit, receipt, claims)


def _conditions(
    permit: MintPermit, authenticated: AuthenticatedAgent, confirmation: Confirmation | Unbound
) -> tuple[Change, ...]:
    """What must still be true when the token is counted: decided in the transaction itself."""
    remit = permit.request.remit
    claims = [authenticated.claim]
    if isinstance(confirmation, Confirmation):
        claims.append(confirmation.claim)
    return (
        *(claim for claim in claims if claim is not None),
        watermarks_of(permit.clearance),
        RequireDocument(remit.tenant, REMIT_KIND, remit.id, remit.revision),
        count_derivation(remit),
    )
