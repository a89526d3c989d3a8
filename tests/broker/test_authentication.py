"""Steps 1 and 2: a proof is for this very endpoint, and an assertion for this very tenant."""

import asyncio
from dataclasses import replace

import pytest

from remit.broker.authentication import Authentication
from remit.broker.token_request import TokenRequest, parse_token_request
from remit.identity.evidence import AuthenticatedAgent, Confirmation, Unbound
from remit.identity.federation.oidc import AssertionVerifier
from remit.identity.proof.dpop import ProofVerifier
from remit.identity.proof.nonces import Nonces
from remit.jose.key_cache import KeyCache
from remit.kernel.ids import TenantId
from remit.kernel.oauth import InvalidDPoPProof, InvalidGrant
from tests.broker.scene import ENDPOINT, HOLDER, MAIL, US, Hall, Keys
from tests.identity.fakes import BINDING


@pytest.fixture
def hall() -> Hall:
    return Hall()


def request(hall: Hall, client: str | None = None, **claims: object) -> TokenRequest:
    form = {"assertion": hall.assertion(**claims), "resource": MAIL}
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    return replace(parse_token_request({**grant, **form}, ()), client=client)


def authenticate(hall: Hall, asked: TokenRequest) -> AuthenticatedAgent:
    return asyncio.run(hall.authentication.authenticate(asked))


@pytest.mark.parametrize(
    ("method", "url"),
    [("GET", ENDPOINT), ("POST", MAIL), ("POST", US), ("POST", ENDPOINT + "/x")],
)
def test_a_proof_for_another_request_is_refused(hall: Hall, method: str, url: str) -> None:
    with pytest.raises(InvalidDPoPProof):
        hall.authentication.confirm((hall.proofs.make(method, url, None),))


def test_a_bad_proof_is_not_taken_for_none(hall: Hall) -> None:
    for unverified in (("",), ("garbage",), (hall.proof(), hall.proof())):
        with pytest.raises(InvalidDPoPProof):
            hall.authentication.confirm(unverified)


def test_without_a_proof_the_caller_is_bound_to_nothing(hall: Hall) -> None:
    assert hall.authentication.confirm(()) == Unbound()


def test_a_proof_names_its_key_and_is_to_be_claimed_in_this_tenant(hall: Hall) -> None:
    confirmation = hall.authentication.confirm((hall.proof(),))
    assert isinstance(confirmation, Confirmation)
    assert confirmation.jkt == HOLDER.kid
    assert confirmation.claim is not None
    assert confirmation.claim.tenant == hall.ada.tenant
    assert confirmation.claim.space.startswith("dpop")


def test_an_assertion_names_its_agent(hall: Hall) -> None:
    authenticated = authenticate(hall, request(hall))
    assert authenticated.agent == hall.ada
    assert authenticated.client == BINDING.id


@pytest.mark.parametrize("client", ["bnd_2", "bnd_unknown", ""])
def test_an_agent_cannot_call_itself_by_another_binding(hall: Hall, client: str) -> None:
    with pytest.raises(InvalidGrant):
        authenticate(hall, request(hall, client))
    assert authenticate(hall, request(hall, BINDING.id)).agent == hall.ada


def test_a_subject_that_is_bound_to_nobody_is_refused(hall: Hall) -> None:
    with pytest.raises(InvalidGrant):
        authenticate(hall, request(hall, sub="repo:acme/mallory"))


def test_another_tenants_issuer_vouches_for_nobody_here(hall: Hall) -> None:
    nonces = Nonces.of_process(hall.entropy, hall.clock)
    proofs = ProofVerifier(nonces, hall.clock, keys=KeyCache(), nonce_required=False)
    verifier = AssertionVerifier(hall.directory, Keys(), hall.clock, frozenset({US}))
    elsewhere = Authentication(TenantId("ten_b"), ENDPOINT, proofs, verifier)
    with pytest.raises(InvalidGrant):
        asyncio.run(elsewhere.authenticate(request(hall)))
