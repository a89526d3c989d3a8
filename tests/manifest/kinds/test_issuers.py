"""Trust issuers: their URL is what they are; their terms are replaced as the document says."""

import json

import pytest

from remit.identity.trust import JTIPolicy, TrustIssuer
from remit.jose.keys import SigningKey
from remit.kernel.ids import ROOT_TENANT
from remit.manifest.yaml import ManifestError
from tests.manifest.scene import ISSUER, Control, changes, run

KEY = dict(SigningKey.generate().public.to_jwk())


def spec(**members: object) -> str:
    said = json.dumps({"issuer": "https://forge.example", **members})
    return ISSUER.replace('{issuer: "https://forge.example"}', said)


def issuer_of(control: Control) -> TrustIssuer:
    return control.directory.issuers.load_named(ROOT_TENANT, "forge")


def test_an_issuer_is_believed_on_the_terms_of_its_document() -> None:
    control = Control()
    control.apply(spec(algorithms=["ES256"], jtiPolicy="reuse_allowed", leewaySeconds=0))
    found = issuer_of(control)
    assert found.issuer == "https://forge.example"
    assert found.algorithms == {"ES256"}
    assert (found.jti_policy, found.leeway_seconds) == (JTIPolicy.REUSE_ALLOWED, 0)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("jwks", json.dumps({"keys": [KEY]})),
        ("algorithms", ["ES384"]),
        ("jtiPolicy", "single_use_if_present"),
        ("maxLifetimeSeconds", 60),
        ("leewaySeconds", 0),
        ("caFile", "/etc/ssl/forge.pem"),
        ("allowPrivate", True),
    ],
)
def test_whatever_term_changes_is_shown_and_replaced(member: str, value: object) -> None:
    control = Control()
    control.apply(ISSUER)
    (step,) = control.apply(spec(**{member: value}))
    assert step.change == "update"
    assert step.what.startswith(f"{member}: ")
    assert ";" not in step.what
    assert changes(control.plan(spec(**{member: value}))) == ["unchanged TrustIssuer forge"]


def test_another_spelling_of_the_same_keys_is_no_change() -> None:
    control = Control()
    control.apply(spec(jwks=json.dumps({"keys": [KEY]})))
    again = spec(jwks=json.dumps({"keys": [dict(reversed(KEY.items()))]}, indent=2))
    assert changes(control.plan(again)) == ["unchanged TrustIssuer forge"]


def test_an_issuers_url_never_changes() -> None:
    control = Control()
    control.apply(ISSUER)
    with pytest.raises(ManifestError, match=r"belongs to https://forge\.example"):
        control.plan(ISSUER.replace("https://forge.example", "https://evil.example"))


def test_a_retired_issuer_does_not_come_back_by_a_document() -> None:
    control = Control()
    control.apply(ISSUER)
    retiring = control.issuers.retire(
        ROOT_TENANT, issuer_of(control).id, by=control.alice, reason="leaked"
    )
    run(retiring)
    with pytest.raises(ManifestError, match="another"):
        control.plan(ISSUER)


@pytest.mark.parametrize(
    ("jwks", "said"),
    [
        ("not json", "not JSON"),
        ('{"keys": [], "keys": []}', "equal"),
        (json.dumps({"keys": [{**KEY, "d": "c2VjcmV0"}]}), "private"),
        (json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}), "symmetric"),
    ],
)
def test_keys_that_are_no_public_keys_are_refused_and_not_repeated(jwks: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said) as refused:
        Control().plan(spec(jwks=jwks))
    assert refused.value.detail.startswith("0.yaml:5: TrustIssuer forge: ")
    assert "c2VjcmV0" not in refused.value.detail
