"""What a caller without a good proof is told."""

import pytest

from remit.kernel.errors import RemitError
from remit.kernel.oauth import InsufficientScope, InvalidDPoPProof, InvalidToken, UseDPoPNonce
from remit.policy.decision import Denied
from remit.proxy.challenges import challenges, status_of
from remit.proxy.errors import CredentialsMissing, UnknownRoute
from remit.proxy.routes import Form, Route

ROUTE = Route(Form.MCP, "t", b"", "aud", "htu", "https://r.example/.well-known/x")


def told(error: RemitError, *, offers_bearer: bool = True) -> list[str]:
    found = challenges(error, ROUTE, "nonce-1", offers_bearer=offers_bearer)
    assert found[-1] == (b"dpop-nonce", b"nonce-1")
    return [value.decode() for name, value in found if name == b"www-authenticate"]


def test_who_sent_nothing_is_told_of_both_schemes_and_of_no_error() -> None:
    dpop, bearer = told(CredentialsMissing())
    assert dpop.startswith('DPoP algs="ES256 ')
    assert bearer == 'Bearer resource_metadata="https://r.example/.well-known/x"'
    assert status_of(CredentialsMissing()) == 401


def test_where_bearers_are_of_no_use_they_are_not_offered() -> None:
    assert len(told(InvalidToken(), offers_bearer=False)) == 1


@pytest.mark.parametrize("error", [InvalidDPoPProof(), UseDPoPNonce()])
def test_an_error_of_the_proof_is_one_of_dpop_alone(error: RemitError) -> None:
    [challenge] = told(error)
    assert f'error="{error.error}"' in challenge
    assert status_of(error) == 401


def test_who_must_be_bound_is_told_so() -> None:
    for error in (Denied("unbound", "x"), InsufficientScope()):
        assert 'error="insufficient_scope"' in told(error)[0]
        assert status_of(error) == 403


def test_where_no_proof_would_help_there_is_no_challenge() -> None:
    assert told(Denied("policy", "x")) == []
    assert challenges(UnknownRoute(), None, "n", offers_bearer=True) == ()


def test_a_challenge_says_nothing_of_the_reason() -> None:
    assert "sesame" not in str(told(InvalidToken("sesame")))
