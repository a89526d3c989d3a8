"""The parameters of a token request: what must be there, and what must not."""

import pytest

from remit.broker.grants.jwt_bearer import GRANT_TYPE
from remit.broker.token_request import TokenRequest, parse_token_request
from remit.kernel.oauth import InvalidRequest, InvalidTarget, OAuthError, UnsupportedGrantType

FORM = {
    "grant_type": GRANT_TYPE,
    "assertion": "a.b.c",
    "resource": "https://remit.example/tools/notes",
}


def parse(**changes: str | None) -> TokenRequest:
    """The usual form with changes; None leaves out."""
    form = {name: value for name, value in {**FORM, **changes}.items() if value is not None}
    return parse_token_request(form, ())


@pytest.mark.parametrize(
    ("missing", "error"),
    [
        ("grant_type", InvalidRequest),
        ("assertion", InvalidRequest),
        ("resource", InvalidTarget),
    ],
)
def test_what_every_request_needs_is_missed(missing: str, error: type[OAuthError]) -> None:
    with pytest.raises(error, match=missing):
        parse(**{missing: None})


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "client_credentials",
        "refresh_token",
        "authorization_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        GRANT_TYPE.upper(),
        GRANT_TYPE + " ",
    ],
)
def test_another_grant_is_not_supported(grant_type: str) -> None:
    with pytest.raises(UnsupportedGrantType):
        parse(grant_type=grant_type)


def test_the_log_quotes_a_short_piece_of_an_unknown_grant() -> None:
    with pytest.raises(UnsupportedGrantType) as refused:
        parse(grant_type="x" * 10_000)
    assert len(refused.value.detail) < 100


@pytest.mark.parametrize("name", ["client_secret", "client_assertion", "client_assertion_type"])
def test_a_client_that_authenticates_in_the_form_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="no client authentication") as refused:
        parse(**{name: "canary"})
    assert "canary" not in refused.value.detail


@pytest.mark.parametrize("authorization", ["Basic YTpi", "Bearer x", "DPoP x", ""])
def test_a_client_that_authenticates_in_the_header_is_refused(authorization: str) -> None:
    with pytest.raises(InvalidRequest, match="no client authentication"):
        parse_token_request(FORM, (authorization,))


def test_a_request_names_its_audience_and_nothing_else_unless_it_does() -> None:
    request = parse()
    assert request.grant.unverified_assertion == "a.b.c"
    assert (request.resource, request.remit, request.client) == (FORM["resource"], None, None)


def test_a_request_may_name_its_remit_and_its_binding() -> None:
    request = parse(remit="take-notes", client_id="bnd_1")
    assert (request.remit, request.client) == ("take-notes", "bnd_1")


def test_unknown_parameters_are_ignored() -> None:
    assert parse(colour="green") == parse()


def test_a_request_prints_no_assertion() -> None:
    assert "a.b.c" not in repr(parse())
