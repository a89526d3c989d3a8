import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.errors import RemitError
from remit.outbound.addresses import Reach
from remit.outbound.destination import Destination, TLSOptions, parse_url
from remit.outbound.errors import DestinationInvalid


def test_a_plain_url_becomes_its_origin_and_its_target():
    destination, target = parse_url("https://Tools.Example.com/mcp?a=b")
    assert (destination.scheme, destination.host, destination.port) == (
        "https",
        "tools.example.com",
        443,
    )
    assert target == b"/mcp?a=b"
    assert destination.authority == b"tools.example.com"


def test_an_explicit_port_and_a_missing_path_are_kept_apart():
    destination, target = parse_url("http://tools.example.com:8080?x=1")
    assert destination.authority == b"tools.example.com:8080"
    assert target == b"/?x=1"


def test_an_ipv6_literal_is_bracketed_in_the_authority():
    destination, target = parse_url("http://[::1]:9/")
    assert destination.authority == b"[::1]:9"
    assert target == b"/"
    assert str(destination.literal) == "::1"


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://a.example/", "//a.example/", "/mcp", "https:a.example", "https:///x",
        "https://user@a.example/", "https://a.example@b.example/", "https://a.example:443@b/",
        "https://a.example\\@b.example/", "https://a.example/\\b", "https://a.example/#f",
        "https://a.example/a b", "https://a.example/\r\nX: y", "https://a.example/é",
        "https://bücher.example/", "https://a.example:0/", "https://a.example:65536/",
        "https://a.example:/", "https://a..example/", "https://.example/", "https://a.example./",
        "https://-a.example/", "https://a%2eexample/", "http://2130706433/", "http://0x7f000001/",
        "http://0x7f.0.0.1/", "http://017700000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://127.0.0.1./", "http://127.0.0.0x1/", "http://127.0.0.01/", "http://a.0x/",
        "http://[::ffff:7f00:1/", "http://[fe80::1%25eth0]/", "http://[::1]x/", "http://[]/",
        "http://[0:0:0:0:0:0:0:1]/", "http://①②⑦.0.0.1/", "http://127。0。0。1/",
        "http://" + "a" * 64 + ".example/", "http://" + "a." * 127 + "example/",
    ],
)  # fmt: skip
def test_a_url_that_two_parsers_could_read_differently_is_refused(url):
    with pytest.raises(DestinationInvalid):
        parse_url(url)


@pytest.mark.parametrize("host", ["A.example", "a.example\n", "a b", "0x7f.1", "::1%lo%", ""])
def test_a_destination_checks_its_host_whoever_makes_it(host):
    with pytest.raises(DestinationInvalid):
        Destination("https", host, 443)


def test_the_conditions_of_connecting_are_part_of_a_destinations_identity():
    plain = Destination("https", "a.example", 443)
    assert plain == Destination("https", "a.example", 443)
    assert hash(plain) == hash(Destination("https", "a.example", 443))
    assert plain != Destination("https", "a.example", 443, reach=Reach(private=True))
    assert plain != Destination("https", "a.example", 443, tls=TLSOptions("/ca.pem"))
    assert plain != "https://a.example"


def test_an_unknown_scheme_and_an_impossible_port_are_refused():
    with pytest.raises(DestinationInvalid):
        Destination("gopher", "a.example", 70)
    with pytest.raises(DestinationInvalid):
        Destination("http", "a.example", 0)


@given(st.text() | st.text(alphabet="htps:/[]@.?#%0127axf\\").map(lambda text: "http://" + text))
def test_no_url_raises_anything_but_a_refusal(url):
    try:
        destination, target = parse_url(url)
    except RemitError:
        return
    assert target.startswith(b"/")
    assert destination.origin.startswith("http")
