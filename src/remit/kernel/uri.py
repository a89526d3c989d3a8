"""Exact URIs: names of resources and issuers, compared byte for byte because each has one spelling.

`parse_resource` (RFC 8707) and `parse_issuer` (RFC 8414) refuse what is not in normal form already
(RFC 3986 section 6.2) and never repair it. Only a DPoP proof's `htu` is normalised, because
RFC 9449 section 4.3 asks for it; see `normalize_htu`. All raise Malformed.
"""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from re import ASCII, IGNORECASE, Match
from re import compile as pattern
from typing import NewType

from remit.kernel.errors import Malformed
from remit.kernel.paths import parse_request_path

ResourceURI = NewType("ResourceURI", str)
IssuerURL = NewType("IssuerURL", str)
Origin = NewType("Origin", str)

MAX_URI_LENGTH = 2048
DEFAULT_PORTS = {"https": 443, "http": 80}

_URI = pattern(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9.\-]+)(?::(?P<port>[0-9]*))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    ASCII | IGNORECASE,
)
_LABEL = pattern(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
# WHATWG URL, "ends in a number": such a host is an IPv4 address to many readers, whatever we think.
_NUMBER = pattern(r"[0-9]+|0x[0-9a-f]*")
_PORT = pattern(r"[1-9][0-9]{0,4}")
_PRINTABLE = pattern(r"[!-~]+")
_ESCAPE = pattern(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED = pattern(r"[A-Za-z0-9\-._~]")


@dataclass(frozen=True, slots=True)
class URIParts:
    """An exact URI, taken apart; `host` without brackets, `port` also where it was left out."""

    scheme: str
    host: str
    port: int
    path: str


def parse_resource(text: str) -> ResourceURI:
    """An RFC 8707 resource: https, or http on the loopback; no query, no fragment, no bare `/`.

    A longer path may end in a slash, and is then another resource than without it.
    """
    if _parse_exact(text).path == "/":
        raise Malformed("resource whose path is a slash alone, which is spelt without it")
    return ResourceURI(text)


def parse_issuer(text: str) -> IssuerURL:
    """An issuer identifier as Remit gives itself one: as a resource, never ending in a slash."""
    if _parse_exact(text).path.endswith("/"):
        raise Malformed("issuer that ends in a slash")
    return IssuerURL(text)


def parse_foreign_issuer(text: str) -> IssuerURL:
    """The identifier of an issuer elsewhere, some of which end in a slash and always sign so."""
    _parse_exact(text)
    return IssuerURL(text)


def parts_of(uri: ResourceURI | IssuerURL) -> URIParts:
    """The parts of a URI that was parsed before."""
    return _parse_exact(uri)


def origin_of(uri: ResourceURI | IssuerURL) -> Origin:
    """Scheme, host and, if it is not the default one, port (RFC 6454 section 6.2)."""
    return Origin("/".join(uri.split("/", 3)[:3]))


def is_loopback(host: str) -> bool:
    """Whether a normal host (no brackets) names this machine by itself, without asking any DNS."""
    if host == "localhost":
        return True
    try:
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return host == "::1"


def normalize_htu(text: str) -> str:
    """A request's URI in the form in which RFC 9449 section 4.3 compares `htu`.

    Without query and fragment; normalised by syntax and scheme (RFC 3986 sections 6.2.2, 6.2.3).
    """
    scheme, host, port, path, _ = _split(text)
    scheme, host = scheme.lower(), host.lower()
    shown = "" if port in ("", str(DEFAULT_PORTS[scheme])) else ":" + port
    return f"{scheme}://{host}{shown}{_remove_dot_segments(_ESCAPE.sub(_unescape, path)) or '/'}"


def is_same_htu(htu: str, normal: str) -> bool:
    """Whether a proof's `htu` names the URI whose `normalize_htu` is `normal`."""
    return htu == normal or normalize_htu(htu) == normal


def _split(text: str) -> tuple[str, str, str, str, str]:
    if len(text) > MAX_URI_LENGTH or _PRINTABLE.fullmatch(text) is None:
        raise Malformed("URI that is too long, empty, or not printable ASCII")
    match = _URI.fullmatch(text)
    if match is None:
        raise Malformed("URI that is not http(s) with a plain host, port and path")
    scheme, host, port, path, query, fragment = match.groups(default="")
    return scheme, host, port, path, query + fragment


def _parse_exact(text: str) -> URIParts:
    scheme, host, port, path, rest = _split(text)
    if rest:
        raise Malformed("URI with a query or a fragment")
    bare = _check_host(host)
    if scheme not in DEFAULT_PORTS:
        raise Malformed("URI whose scheme is not in lower case")
    if scheme == "http" and not is_loopback(bare):
        raise Malformed("URI without TLS that is not on the loopback")
    if path not in ("", "/"):
        # The rules of a request's path, but for one slash at the end, which the caller judges.
        ending = "/" if path.endswith("/") and path != "//" else ""
        parse_request_path(path.removesuffix(ending).encode())
    return URIParts(scheme, bare, _check_port(text, scheme, host, port), path)


def _check_port(text: str, scheme: str, host: str, port: str) -> int:
    default = DEFAULT_PORTS[scheme]
    if not text.startswith(f"{scheme}://{host}:"):
        return default
    if _PORT.fullmatch(port) is None or int(port) > 65535 or int(port) == default:
        raise Malformed("URI with a port that is empty, padded, out of range or the default one")
    return int(port)


def _check_host(host: str) -> str:
    if host.startswith("["):
        return _check_ipv6(host[1:-1])
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Malformed("URI whose host is not a name in lower case")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            IPv4Address(host)
        except AddressValueError:
            raise Malformed("URI whose host is nearly an IPv4 address") from None
    return host


def _check_ipv6(address: str) -> str:
    try:
        parsed = IPv6Address(address)
    except AddressValueError:
        raise Malformed("URI whose host is no IPv6 address") from None
    # RFC 5952; a mapped IPv4 address would be a second name of that one.
    if str(parsed) != address or parsed.ipv4_mapped is not None:
        raise Malformed("URI whose IPv6 address is not in its one form")
    return address


def _unescape(match: Match[str]) -> str:
    if match[1] is None:
        raise Malformed("URI with a stray percent sign")
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.fullmatch(character) else match[0].upper()


def _remove_dot_segments(path: str) -> str:
    # RFC 3986 section 5.2.4, for an absolute path.
    kept: list[str] = []
    segments = path.split("/")[1:]
    for place, segment in enumerate(segments):
        if segment == ".." and kept:
            kept.pop()
        if segment not in (".", ".."):
            kept.append(segment)
        elif place == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept) if segments else ""
