"""Errors with two voices."""

import pytest

from remit.kernel.errors import (
    Conflict,
    LimitExceeded,
    Malformed,
    NotFound,
    RemitError,
    Unavailable,
)
from remit.kernel.oauth import (
    InsufficientScope,
    InvalidClient,
    InvalidDPoPProof,
    InvalidGrant,
    InvalidTarget,
    InvalidToken,
    OAuthError,
    UseDPoPNonce,
)


def test_the_detail_is_not_in_what_the_wire_says() -> None:
    error = Malformed("kid 'x' of issuer y")
    assert error.detail == "kid 'x' of issuer y"
    assert str(error) == "kid 'x' of issuer y"
    assert "kid" not in error.description + error.error
    assert (error.status, error.error) == (400, "invalid_request")


def test_an_error_without_detail_says_its_description_and_has_none() -> None:
    assert NotFound().detail == ""
    assert str(NotFound()) == NotFound.description


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (RemitError, 500, "server_error"),
        (NotFound, 404, "not_found"),
        (Conflict, 409, "conflict"),
        (LimitExceeded, 413, "limit_exceeded"),
        (Unavailable, 503, "temporarily_unavailable"),
        (InvalidClient, 401, "invalid_client"),
        (InvalidGrant, 400, "invalid_grant"),
        (InvalidTarget, 400, "invalid_target"),
        (InvalidDPoPProof, 400, "invalid_dpop_proof"),
        (UseDPoPNonce, 400, "use_dpop_nonce"),
        (InvalidToken, 401, "invalid_token"),
        (InsufficientScope, 403, "insufficient_scope"),
    ],
)
def test_a_class_is_one_wire_code(kind: type[RemitError], status: int, code: str) -> None:
    assert (kind.status, kind.error) == (status, code)


def test_what_an_oauth_error_says_fits_the_grammar_of_rfc_6749_section_5_2() -> None:
    allowed = {chr(c) for c in range(0x20, 0x7F)} - set('"\\')
    for kind in OAuthError.__subclasses__():
        assert set(kind.error + kind.description) <= allowed
