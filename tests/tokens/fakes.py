"""A token of ours, and the keys that sign it."""

from datetime import timedelta

from remit.jose.keys import SigningKey
from remit.kernel.ids import ROOT_TENANT, AgentId, BindingId, RemitId, TokenId
from remit.kernel.uri import parse_issuer
from remit.tokens.claims import AccessTokenClaims
from remit.tokens.keys import KeySlots, TokenClass, TokenKeys
from tests.identity.fakes import NOW

ISSUER = parse_issuer("https://remit.example")
AUDIENCE = "https://remit.example/tools/tickets"
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
FIRST, SECOND, THIRD = (SigningKey.generate("ES256") for _ in range(3))
AT_JWT = TokenClass.ACCESS_TOKEN

CLAIMS = AccessTokenClaims(
    tenant=ROOT_TENANT,
    issuer=ISSUER,
    audience=AUDIENCE,
    agent=AgentId("agt_triage"),
    client=BindingId("bnd_triage"),
    token=TokenId("tok_1"),
    remit=RemitId("rmt_1"),
    remit_revision=3,
    authority_hash="sha256:" + "0" * 64,
    epochs={"agt_triage": 2, "everything": 0},
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=5),
    jkt=JKT,
)


def token_keys() -> TokenKeys:
    return TokenKeys({AT_JWT: KeySlots(FIRST)})
