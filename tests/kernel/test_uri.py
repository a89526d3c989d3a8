"""Exact URIs: one spelling, or a refusal."""

from collections.abc import Callable

import pytest

from remit.kernel.errors import Malformed
from remit.kernel.uri import (
    MAX_URI_LENGTH,
    IssuerURL,
    ResourceURI,
    URIParts,
    is_loopback,
    is_same_htu,
    normalize_htu,
    origin_of,
    parse_foreign_issuer,
    parse_issuer,
    parse_resource,
    parts_of,
)

Parser = Callable[[str], str]

INEXACT = [
    "",
    "api.example",
    "//api.example/mcp",
    "HTTPS://api.example",
    "https://API.example",
    "https:/api.example",
    "https://",
    "https:///mcp",
    "ftp://api.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "urn:example:api",
    "https://alice@api.example",
    "https://alice:secret@api.example",
    "https://api.example@evil.example",
    "https://api.example?x",
    "https://api.example/mcp?",
    "https://api.example/mcp#",
    "https://api.example/mcp#top",
    "https://api.example:443",
    "https://api.example:",
    "https://api.example:/mcp",
    "https://api.example:0",
    "https://api.example:08443",
    "https://api.example:65536",
    "https://api.example:8443x",
    "http://localhost:80",
    "https://api.example.",
    "https://.api.example",
    "https://api..example",
    "https://-api.example",
    "https://api-.example",
    "https://api_x.example",
    "https://api.ex\u00e4mple",
    "https://%61pi.example",
    "https://" + "a" * 64 + ".example",
    "https://" + "a." * 130 + "example",
    "https://api.example\\@evil.example",
    "https://api.example\\mcp",
    "https://api.example/a b",
    "https://api.example/\tmcp",
    "https://api.example/mcp\n",
    " https://api.example",
    "https://api.example//",
    "https://api.example//mcp",
    "https://api.example/mcp//",
    "https://api.example/./mcp",
    "https://api.example/a/../mcp",
    "https://api.example/%2e%2e/mcp",
    "https://api.example/m%63p",
    "https://api.example/%c3%a9",
    "https://api.example/a%2Fb",
    "https://api.example/mcp;v=1",
    "https://127.1/mcp",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.1",
    "https://0177.0.0.1",
    "https://127.0.0.01",
    "https://1.2.3.4.5",
    "https://[::1",
    "https://::1",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::A]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[fe80::1%25eth0]",
    "https://[v1.x]",
    "https://[:::1]",
    "https://[127.0.0.1]",
    "http://api.example",
    "http://10.0.0.1/mcp",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://[::2]",
    "https://api.example/" + "a" * MAX_URI_LENGTH,
]

EXACT = {
    "https://api.example": ("https", "api.example", 443, ""),
    "https://api.example/mcp": ("https", "api.example", 443, "/mcp"),
    "https://api.example:8443/v1/mcp": ("https", "api.example", 8443, "/v1/mcp"),
    "https://203.0.113.7/mcp": ("https", "203.0.113.7", 443, "/mcp"),
    "https://[2001:db8::1]:8443": ("https", "2001:db8::1", 8443, ""),
    "https://xn--bcher-kva.example": ("https", "xn--bcher-kva.example", 443, ""),
    "https://api.example:80": ("https", "api.example", 80, ""),
    "https://api.example/Caf%C3%A9": ("https", "api.example", 443, "/Caf%C3%A9"),
    "http://localhost:8000/mcp": ("http", "localhost", 8000, "/mcp"),
    "http://127.0.0.1:65535": ("http", "127.0.0.1", 65535, ""),
    "http://[::1]/mcp": ("http", "::1", 80, "/mcp"),
}


@pytest.mark.parametrize("parse", [parse_resource, parse_issuer, parse_foreign_issuer])
@pytest.mark.parametrize("text", INEXACT)
def test_what_is_not_in_normal_form_is_refused_and_not_repaired(parse: Parser, text: str) -> None:
    with pytest.raises(Malformed):
        parse(text)


@pytest.mark.parametrize("parse", [parse_resource, parse_issuer, parse_foreign_issuer])
@pytest.mark.parametrize("text", EXACT)
def test_what_is_in_normal_form_stays_as_it_is(parse: Parser, text: str) -> None:
    assert parse(text) == text


@pytest.mark.parametrize(("text", "parts"), EXACT.items())
def test_a_parsed_uri_can_be_taken_apart(text: str, parts: tuple[str, str, int, str]) -> None:
    assert parts_of(parse_resource(text)) == URIParts(*parts)


def test_a_slash_at_the_end_is_judged_by_what_is_named() -> None:
    bare, longer = "https://api.example/", "https://api.example/mcp/"
    for parse, text in ((parse_resource, bare), (parse_issuer, bare), (parse_issuer, longer)):
        with pytest.raises(Malformed):
            parse(text)
    assert parse_resource(longer) == longer
    assert parse_foreign_issuer(bare) == bare
    assert parse_foreign_issuer(longer) == longer


def test_an_origin_is_scheme_host_and_a_port_that_is_not_the_default() -> None:
    assert origin_of(ResourceURI("https://api.example")) == "https://api.example"
    assert origin_of(ResourceURI("https://api.example/a/b")) == "https://api.example"
    assert origin_of(IssuerURL("http://[::1]:8000/t")) == "http://[::1]:8000"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.0.3", "::1"])
def test_the_loopback_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "128.0.0.1", "0.0.0.0", "::", "127.1"])
def test_what_merely_looks_like_the_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "htu",
    [
        "https://api.example/a/b~c",
        "HTTPS://API.Example/a/b~c",
        "https://api.example:443/a/b~c",
        "https://api.example:/a/b~c",
        "https://api.example/a/b%7Ec",
        "https://api.example/a/b%7ec?query=1#fragment",
        "https://api.example/a/./x/../b~c",
        "https://api.example/../a/b~c",
    ],
)
def test_an_htu_is_compared_after_normalisation_without_query_and_fragment(htu: str) -> None:
    assert is_same_htu(htu, "https://api.example/a/b~c")


@pytest.mark.parametrize(
    "htu",
    [
        "http://api.example/a",
        "https://api.example:8443/a",
        "https://api.example/A",
        "https://api.example/a/",
        "https://api.example//a",
        "https://api.example/a%2Fb",
        "https://api.example.evil.example/a",
        "https://api.example/a/..",
    ],
)
def test_an_htu_of_another_target_is_another(htu: str) -> None:
    assert not is_same_htu(htu, "https://api.example/a")


def test_escapes_keep_their_meaning_and_no_path_is_a_slash() -> None:
    assert normalize_htu("https://api.example/a%2fb") == "https://api.example/a%2Fb"
    assert normalize_htu("https://api.example") == "https://api.example/"
    assert normalize_htu("https://api.example/..") == "https://api.example/"
    assert normalize_htu("https://api.example/a/.") == "https://api.example/a/"
    assert normalize_htu("http://127.0.0.1:8000/x") == "http://127.0.0.1:8000/x"


@pytest.mark.parametrize(
    "htu",
    ["", "/token", "https://a@api.example/x", "https://api.example/%", "https://api.example/%0g",
     "https://api.example/\u00e9", "https://api.example/a b", "x" * 3000, "mailto:a@api.example"],
)  # fmt: skip
def test_an_htu_that_is_no_http_uri_is_refused(htu: str) -> None:
    with pytest.raises(Malformed):
        normalize_htu(htu)
