"""What a tool server must hold to before anybody calls it."""

from dataclasses import replace

import pytest

from remit.identity.registrars.tool_server_terms import verify_terms
from remit.identity.tools import HTTPBinding, Injection, Protocol, Upstream
from remit.kernel.canonical import digest_bytes
from remit.kernel.errors import Malformed
from remit.kernel.ids import SecretId
from tests.identity.town import server_terms, tool

READ = tool("read")
HTTP = replace(READ, http=HTTPBinding("GET", "/v1", ()))


def injection(header="Authorization", prefix="Bearer "):
    return Injection(header, prefix, SecretId("sec_1"))


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example/mcp",
        "https://mail.example/mcp?x=1",
        "https://mail.example/mcp#x",
        "https://a@mail.example/mcp",
        "https://mail.example/a/../b",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_upstream_that_two_readers_could_read_differently_is_refused(url):
    with pytest.raises(Malformed):
        verify_terms(server_terms(upstream=Upstream(url, None, False)))


@pytest.mark.parametrize("seconds", [0.0, -1.0, 601.0, float("nan"), float("inf")])
def test_a_timeout_is_some_seconds(seconds):
    with pytest.raises(Malformed):
        verify_terms(server_terms(timeout_seconds=seconds))


@pytest.mark.parametrize(
    "tools",
    [
        {"": tool("")},
        {"read": tool("send")},
        {"re ad": tool("re ad")},
        {"read": HTTP},
        {"read": replace(READ, digest="sha256:00")},
        {"read": replace(READ, input_schema='{"type": "object"}')},
        {"read": replace(READ, input_schema="{")},
        {"read": replace(READ, definition=b"{ }", digest=digest_bytes(b"{ }"))},
        {f"t{number}": tool(f"t{number}") for number in range(1025)},
    ],
    ids=range(9),
)
def test_tools_that_are_not_what_their_pins_say_are_refused(tools):
    with pytest.raises(Malformed):
        verify_terms(server_terms(tools=tools))


def test_an_http_server_has_http_tools_alone():
    terms = server_terms(protocol=Protocol.HTTP, tools={"read": HTTP})
    assert verify_terms(terms).tools == {"read": HTTP}
    with pytest.raises(Malformed):
        verify_terms(server_terms(protocol=Protocol.HTTP, tools={"read": READ}))


@pytest.mark.parametrize(
    "wrong",
    [
        injection("Host"),
        injection("content-length"),
        injection("Transfer-Encoding"),
        injection("X: y\r\nZ"),
        injection(""),
        injection(prefix="Bearer\n"),
        injection(prefix="Béarer "),
    ],
)
def test_a_credential_has_a_header_of_its_own(wrong):
    with pytest.raises(Malformed):
        verify_terms(server_terms(injection=wrong))
    assert verify_terms(server_terms(injection=injection())).injection == injection()


def test_the_tools_cannot_be_changed_afterwards():
    tools = {"read": READ}
    verified = verify_terms(server_terms(tools=tools))
    tools["send"] = tool("send")
    assert list(verified.tools) == ["read"]
    with pytest.raises(TypeError):
        verified.tools["send"] = tool("send")
