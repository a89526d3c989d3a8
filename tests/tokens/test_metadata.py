import json

import pytest
from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata

from remit.identity.proof.dpop import PROOF_ALGORITHMS
from remit.kernel.canonical import canonicalize
from remit.kernel.uri import parse_issuer, parse_resource
from remit.tokens.metadata import (
    AuthorizationServer,
    Endpoints,
    ProtectedResource,
    authorization_server_document,
    authorization_server_path,
    protected_resource_document,
    protected_resource_path,
    protected_resource_url,
)

ISSUER = "https://remit.example"
ENDPOINTS = Endpoints(f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/jwks")


def server(**changes):
    described = AuthorizationServer(parse_issuer(ISSUER), ENDPOINTS, PROOF_ALGORITHMS, **changes)
    return authorization_server_document(described)


def resource(**changes):
    described = ProtectedResource(
        resource=parse_resource(f"{ISSUER}/tools/tickets"),
        name="tickets",
        authorization_server=parse_issuer(ISSUER),
        dpop_algorithms=PROOF_ALGORITHMS,
        **changes,
    )
    return protected_resource_document(described)


def test_an_mcp_client_reads_the_brokers_metadata():
    read = OAuthMetadata.model_validate_json(server(scopes=["tickets:read"]))
    assert str(read.issuer) == ISSUER
    assert str(read.authorization_endpoint) == f"{ISSUER}/authorize"
    assert str(read.token_endpoint) == f"{ISSUER}/token"
    assert read.code_challenge_methods_supported == ["S256"]
    assert read.response_types_supported == ["code"]
    assert "none" in (read.token_endpoint_auth_methods_supported or [])
    assert read.grant_types_supported == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert read.authorization_response_iss_parameter_supported is True
    assert read.scopes_supported == ["tickets:read"]


def test_the_issuer_is_byte_for_byte_the_one_of_tokens():
    assert json.loads(server())["issuer"] == ISSUER


def test_the_broker_says_what_proofs_it_takes_and_where_its_keys_are():
    said = json.loads(server())
    assert said["dpop_signing_alg_values_supported"] == ["ES256", "ES384", "Ed25519", "EdDSA"]
    assert said["jwks_uri"] == f"{ISSUER}/jwks"
    assert said["resource_indicators_supported"] is True


def test_an_mcp_client_reads_a_tool_servers_metadata():
    read = ProtectedResourceMetadata.model_validate_json(resource(scopes=["tickets:read"]))
    assert str(read.resource) == f"{ISSUER}/tools/tickets"
    assert [str(each) for each in read.authorization_servers] == [ISSUER]
    assert read.bearer_methods_supported == ["header"]
    assert read.dpop_bound_access_tokens_required is True
    assert read.dpop_signing_alg_values_supported == list(PROOF_ALGORITHMS)
    assert read.scopes_supported == ["tickets:read"]
    assert read.resource_name == "tickets"


def test_bound_tokens_are_asked_for_unless_policy_allows_others():
    assert json.loads(resource())["dpop_bound_access_tokens_required"] is True
    assert json.loads(resource(dpop_required=False))["dpop_bound_access_tokens_required"] is False


@pytest.mark.parametrize("document", [server(), resource()], ids=["server", "resource"])
def test_no_member_is_empty(document):
    # RFC 8414 section 3.2 and RFC 9728 section 3.2: those with zero elements must be omitted.
    said = json.loads(document)
    assert all(value not in (None, [], "") for value in said.values())
    assert document == canonicalize(said)


@pytest.mark.parametrize(
    ("issuer", "path"),
    [
        (ISSUER, "/.well-known/oauth-authorization-server"),
        (f"{ISSUER}/eu/one", "/.well-known/oauth-authorization-server/eu/one"),
        ("http://127.0.0.1:8080", "/.well-known/oauth-authorization-server"),
    ],
)
def test_the_brokers_metadata_stands_between_host_and_path(issuer, path):
    assert authorization_server_path(parse_issuer(issuer)) == path


def test_a_tool_servers_metadata_stands_between_host_and_path():
    tickets = parse_resource(f"{ISSUER}/tools/tickets")
    assert protected_resource_path(tickets) == "/.well-known/oauth-protected-resource/tools/tickets"
    assert protected_resource_url(tickets) == (
        "https://remit.example/.well-known/oauth-protected-resource/tools/tickets"
    )
