from dataclasses import replace

import pytest

from remit.identity.federation.discovery import discovery_url, parse_discovery
from remit.kernel.canonical import canonicalize
from remit.kernel.errors import Malformed
from tests.identity.fakes import ISSUER

PRIVATE = replace(ISSUER, allow_private=True)


def document(**changes):
    return canonicalize(
        {"issuer": ISSUER.issuer, "jwks_uri": "https://keys.example/jwks", **changes}
    )


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://a.example", "https://a.example/.well-known/openid-configuration"),
        ("https://a.example/", "https://a.example/.well-known/openid-configuration"),
        ("https://a.example/org/7", "https://a.example/org/7/.well-known/openid-configuration"),
    ],
)
def test_discovery_is_below_the_issuer(issuer, url):
    assert discovery_url(replace(ISSUER, issuer=issuer)) == url


def test_the_document_says_where_the_keys_are():
    assert parse_discovery(document(), ISSUER) == "https://keys.example/jwks"


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example", "https://forge.example/", "HTTPS://forge.example",
        "https://forge.example ", "", None, True, ["https://forge.example"],
    ],
)  # fmt: skip
def test_a_document_of_another_issuer_is_refused(name):
    with pytest.raises(Malformed):
        parse_discovery(document(issuer=name), ISSUER)


@pytest.mark.parametrize(
    "jwks_uri",
    [
        None, 1, "", "jwks", "/jwks", "//keys.example/jwks", "http://keys.example/jwks",
        "http://127.0.0.1/jwks", "ftp://keys.example/jwks", "file:///etc/passwd", "https://",
        "https:///jwks", "data:application/json,{}", "http://[::1", "https://" + "a" * 2048,
    ],
)  # fmt: skip
def test_keys_that_are_not_protected_on_the_way_are_refused(jwks_uri):
    with pytest.raises(Malformed):
        parse_discovery(document(jwks_uri=jwks_uri), ISSUER)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:1"])
def test_plain_http_is_for_the_loopback_of_those_who_asked_for_it(host):
    keys = f"http://{host}/jwks"
    assert parse_discovery(document(jwks_uri=keys), PRIVATE) == keys


@pytest.mark.parametrize("host", ["10.0.0.1", "keys.example", "127.0.0.1.evil.example", "[::2]"])
def test_plain_http_never_leaves_the_machine(host):
    with pytest.raises(Malformed):
        parse_discovery(document(jwks_uri=f"http://{host}/jwks"), PRIVATE)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"issuer":"a","issuer":"b"}', b"\xff", b"<html>", b"[" * 100],
)
def test_what_is_no_json_object_is_refused(body):
    with pytest.raises(Malformed):
        parse_discovery(body, ISSUER)


def test_a_document_without_keys_is_refused():
    with pytest.raises(Malformed):
        parse_discovery(canonicalize({"issuer": ISSUER.issuer}), ISSUER)
