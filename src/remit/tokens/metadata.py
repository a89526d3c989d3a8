"""What Remit publishes of itself: authorization server metadata (RFC 8414) for the broker, and
protected resource metadata (RFC 9728) for each tool server. Both as canonical JSON, ready to send.

The issuer stands byte for byte as it stands in tokens, without a slash at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from remit.kernel.canonical import canonicalize
from remit.kernel.uri import IssuerURL, ResourceURI, origin_of

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"
_PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the broker's endpoints are, as absolute URLs."""

    authorization: str
    token: str
    jwks: str


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """What the broker can do. `dpop_algorithms` and `scopes` are published in this order."""

    issuer: IssuerURL
    endpoints: Endpoints
    dpop_algorithms: Sequence[str]
    scopes: Sequence[str] = ()
    grant_types: Sequence[str] = (JWT_BEARER,)
    auth_methods: Sequence[str] = ("none",)


@dataclass(frozen=True, slots=True)
class ProtectedResource:
    """One tool server, as clients that know nothing but its URL find their way from it."""

    resource: ResourceURI
    name: str
    authorization_server: IssuerURL
    dpop_algorithms: Sequence[str]
    dpop_required: bool = True
    scopes: Sequence[str] = field(default=())


def authorization_server_document(server: AuthorizationServer) -> bytes:
    """The document at `authorization_server_path`.

    MCP clients refuse metadata without an authorization endpoint, a response type and PKCE's S256
    even where they only ask for tokens with an assertion; the endpoint answers them with an error.
    """
    scopes = {"scopes_supported": list(server.scopes)} if server.scopes else {}
    return canonicalize(
        {
            "issuer": server.issuer,
            "authorization_endpoint": server.endpoints.authorization,
            "token_endpoint": server.endpoints.token,
            "jwks_uri": server.endpoints.jwks,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(server.grant_types),
            "token_endpoint_auth_methods_supported": list(server.auth_methods),
            "code_challenge_methods_supported": ["S256"],
            "dpop_signing_alg_values_supported": list(server.dpop_algorithms),
            # RFC 9207: whatever ever leaves the authorization endpoint names its issuer.
            "authorization_response_iss_parameter_supported": True,
            # RFC 8707 defines no member; this one is what servers that honour `resource` publish.
            "resource_indicators_supported": True,
            **scopes,
        }
    )


def protected_resource_document(resource: ProtectedResource) -> bytes:
    """The document at `protected_resource_path`."""
    scopes = {"scopes_supported": list(resource.scopes)} if resource.scopes else {}
    return canonicalize(
        {
            "resource": resource.resource,
            "resource_name": resource.name,
            "authorization_servers": [resource.authorization_server],
            # RFC 6750 section 2: never in a body, never in a query.
            "bearer_methods_supported": ["header"],
            "dpop_bound_access_tokens_required": resource.dpop_required,
            "dpop_signing_alg_values_supported": list(resource.dpop_algorithms),
            **scopes,
        }
    )


def authorization_server_path(issuer: IssuerURL) -> str:
    """RFC 8414 section 3.1: the well-known part stands between the host and the issuer's path."""
    return _AUTHORIZATION_SERVER + issuer.removeprefix(origin_of(issuer))


def protected_resource_path(resource: ResourceURI) -> str:
    """RFC 9728 section 3.1: the well-known part stands between the host and the resource's path."""
    return _PROTECTED_RESOURCE + resource.removeprefix(origin_of(resource))


def protected_resource_url(resource: ResourceURI) -> str:
    """What `resource_metadata` says in a challenge (RFC 9728 section 5.1)."""
    return origin_of(resource) + protected_resource_path(resource)
