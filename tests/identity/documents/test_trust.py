"""Issuers and bindings read back as they were written; one that would match everybody does not."""

from dataclasses import replace

import pytest

from remit.identity.documents.trust import (
    decode_binding,
    decode_issuer,
    encode_binding,
    encode_issuer,
)
from remit.identity.trust import IdentityBinding, JTIPolicy, TrustIssuer
from remit.kernel.errors import Malformed
from remit.kernel.ids import ROOT_TENANT, AgentId, BindingId, TrustIssuerId

ISSUER = TrustIssuer(
    tenant=ROOT_TENANT,
    id=TrustIssuerId("iss_1"),
    name="forge",
    issuer="https://forge.example",
    inline_jwks=b'{"keys":[]}',
    algorithms=frozenset({"ES256", "RS256"}),
    jti_policy=JTIPolicy.REUSE_ALLOWED,
    max_lifetime_seconds=600,
    leeway_seconds=5,
    ca_file=None,
    allow_private=True,
    retired=False,
    revision=2,
)
BINDING = IdentityBinding(
    tenant=ROOT_TENANT,
    id=BindingId("bnd_1"),
    name="ci",
    issuer=ISSUER.id,
    agent=AgentId("agt_1"),
    claims={"sub": "repo", "ref": "main"},
    retired=False,
    revision=1,
)


@pytest.mark.parametrize("issuer", [ISSUER, replace(ISSUER, inline_jwks=None, retired=True)])
def test_an_issuer_reads_back(issuer):
    assert decode_issuer(encode_issuer(issuer)) == issuer


def test_an_unknown_policy_is_refused():
    document = encode_issuer(ISSUER)
    body = document.body.replace(b"reuse_allowed", b"whatever")
    with pytest.raises(Malformed):
        decode_issuer(replace(document, body=body))


@pytest.mark.parametrize("retired", [False, True])
def test_a_binding_reads_back_and_cannot_be_changed_in_memory(retired):
    binding = replace(BINDING, retired=retired)
    read = decode_binding(encode_binding(binding))
    assert read == binding
    with pytest.raises(TypeError):
        read.claims["sub"] = "other"


@pytest.mark.parametrize("claims", [b"{}", b'{"sub":1}', b'{"sub":null}'])
def test_a_binding_without_claims_or_with_other_than_text_is_refused(claims):
    document = encode_binding(BINDING)
    body = document.body.replace(b'{"ref":"main","sub":"repo"}', claims)
    assert body != document.body
    with pytest.raises(Malformed):
        decode_binding(replace(document, body=body))
