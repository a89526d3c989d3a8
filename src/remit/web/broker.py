"""The broker on the wire: the token endpoint, the keys, and what is published about both.

RFC 6749, 8414, 7517, 9728, 9449. DPoP-Nonce stands in every answer of the token endpoint.
"""

from remit.broker.requested_access import Audiences
from remit.broker.token_endpoint import TokenEndpoint
from remit.broker.token_request import IncomingTokenRequest
from remit.identity.proof.dpop import PROOF_ALGORITHMS
from remit.identity.proof.nonces import Nonces
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.ids import ROOT_TENANT
from remit.kernel.uri import IssuerURL, ResourceURI
from remit.outbound.message import Header
from remit.tokens.keys import TokenKeys
from remit.tokens.metadata import (
    AuthorizationServer,
    Endpoints,
    ProtectedResource,
    authorization_server_document,
    authorization_server_path,
    protected_resource_document,
)
from remit.web.errors import oauth_response
from remit.web.http import NO_STORE, Request, Response, Route, json_response

TOKEN_PATH = "/token"  # A path, not a password.
JWKS_PATH = "/jwks"
AUTHORIZE_PATH = "/authorize"
RESOURCE_METADATA_PREFIX = "/.well-known/oauth-protected-resource"
_CACHED: tuple[Header, ...] = ((b"cache-control", b"public, max-age=300"),)
_FORM_LIMIT = 64 << 10


class BrokerRoutes:
    """The routes of one issuer, which is the installation's public URL."""

    def __init__(
        self, endpoint: TokenEndpoint, keys: TokenKeys, nonces: Nonces, audiences: Audiences
    ) -> None:
        self._endpoint = endpoint
        self._keys = keys
        self._nonces = nonces
        self._audiences = audiences
        self._issuer = IssuerURL(audiences.public_url)

    def table(self) -> tuple[Route, ...]:
        """What the broker answers, and where."""
        return (
            Route("POST", TOKEN_PATH, self.token, _FORM_LIMIT),
            Route("GET", JWKS_PATH, self.jwks),
            Route("GET", AUTHORIZE_PATH, self.authorize),
            Route("GET", authorization_server_path(self._issuer), self.metadata),
            Route("GET", RESOURCE_METADATA_PREFIX, self.resource_metadata, is_prefix=True),
        )

    async def token(self, request: Request) -> Response:
        """RFC 6749 section 3.2."""
        nonce: Header = (b"dpop-nonce", self._nonces.current().encode())
        try:
            issued = await self._endpoint.issue(
                IncomingTokenRequest(
                    content_types=request.header_values(b"content-type"),
                    proofs=request.header_values(b"dpop"),
                    authorizations=request.header_values(b"authorization"),
                    body=request.body,
                )
            )
        except RemitError as error:
            return oauth_response(error, (nonce,))
        content = {
            "access_token": issued.access_token.open(),
            "token_type": issued.token_type,
            "expires_in": issued.expires_in,
            "resource": issued.resource,
            "remit": issued.remit,
        }
        return json_response(content, headers=(*NO_STORE, nonce))

    async def jwks(self, request: Request) -> Response:
        """The keys that access tokens are signed with, public halves only (RFC 7517 section 5)."""
        return _document(self._keys.document(), b"application/jwk-set+json")

    async def authorize(self, request: Request) -> Response:
        """There is no authorization endpoint for agents: no human consents here, policy does."""
        raise NotFound("agents ask the token endpoint, with their platform's assertion")

    async def metadata(self, request: Request) -> Response:
        """RFC 8414 section 3."""
        endpoints = Endpoints(
            authorization=self._issuer + AUTHORIZE_PATH,
            token=self._issuer + TOKEN_PATH,
            jwks=self._issuer + JWKS_PATH,
        )
        server = AuthorizationServer(self._issuer, endpoints, PROOF_ALGORITHMS)
        return _document(authorization_server_document(server), b"application/json")

    async def resource_metadata(self, request: Request) -> Response:
        """RFC 9728 section 3: of the catalogue, or of one tool server."""
        path = request.path.removeprefix(RESOURCE_METADATA_PREFIX)
        resource = self._audiences.public_url + path
        server = self._audiences.find(ROOT_TENANT, resource)
        described = ProtectedResource(
            resource=ResourceURI(resource),
            name="catalogue" if server is None else server.name,
            authorization_server=self._issuer,
            dpop_algorithms=PROOF_ALGORITHMS,
            dpop_required=False,
        )
        return _document(protected_resource_document(described), b"application/json")


def _document(body: bytes, media_type: bytes) -> Response:
    return Response(200, ((b"content-type", media_type), *_CACHED), body)
